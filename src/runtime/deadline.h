// Deadline: the point in time at which a run gives up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/errors.h"
#include "tern/status.h"

namespace tern::runtime {

/// None: the run may take as long as it needs. Then nobody looks at a clock.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

/// No deadline for 0 or less, nor for a time that no program lives to see.
inline Deadline deadline_after(std::int64_t limit_ms) {
  constexpr std::int64_t kYear = std::int64_t{366} * 24 * 3600 * 1000;
  if (limit_ms <= 0 || limit_ms > kYear) return std::nullopt;
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(limit_ms);
}

inline Status check_deadline(const Deadline& deadline) {
  if (!deadline || std::chrono::steady_clock::now() < *deadline) return {};
  return deadline_exceeded("the run takes longer than its time limit");
}

}  // namespace tern::runtime

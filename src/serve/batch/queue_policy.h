// What holds for requests of a model while they wait, by their priority.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>

namespace tern::serve {

/// Of the requests of one priority.
struct QueuePolicy {
  std::chrono::microseconds timeout{0};  ///< longest wait; 0: no limit
  bool reject = true;                    ///< those that waited longer; else they go on waiting
  std::size_t max_requests = 0;          ///< that may wait; 0: no limit
};

struct Priorities {
  std::uint64_t levels = 0;      ///< 1, the highest, to this; 0: all requests are equal
  std::uint64_t by_default = 0;  ///< of requests that name none, or one that is not there
  QueuePolicy policy;
  std::map<std::uint64_t, QueuePolicy> policies;  ///< by priority, in place of `policy`

  std::uint64_t level_of(std::uint64_t asked) const {
    return asked >= 1 && asked <= levels ? asked : by_default;
  }
  const QueuePolicy& policy_of(std::uint64_t level) const {
    const auto it = policies.find(level);
    return it == policies.end() ? policy : it->second;
  }
};

}  // namespace tern::serve

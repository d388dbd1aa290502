// Index arithmetic that the convolution algorithms share.
#pragma once

#include <algorithm>
#include <cstdint>

#include "backend/cpu/compute/packing.h"

namespace tern::cpu {

/// The kernel positions [begin, end) along one axis that fall inside the image, for a window that
/// begins at `start` (which may be negative) of an axis of `size`.
inline Range positions_inside(std::int64_t start, std::int64_t size, std::int64_t kernel,
                              std::int64_t dilation) {
  const auto steps = [&](std::int64_t distance) {
    return distance <= 0 ? 0 : (distance + dilation - 1) / dilation;
  };
  const std::int64_t end = std::min(kernel, steps(size - start));
  return {std::min(steps(-start), end), end};
}

}  // namespace tern::cpu

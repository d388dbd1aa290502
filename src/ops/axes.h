// Axis attributes and inputs: normalising, validating, splitting a shape around an axis.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/op_def.h"

namespace tern {

/// `axis` counted from the front; fails outside [-rank, rank).
Result<int> normalize_axis(std::int64_t axis, int rank);

/// All of `axes` counted from the front, sorted; fails when out of range or named twice.
Result<std::vector<int>> normalize_axes(std::span<const std::int64_t> axes, int rank);

/// A concrete shape seen as [outer, size of axis, inner].
struct AxisSplit {
  std::int64_t outer = 1;
  std::int64_t size = 1;
  std::int64_t inner = 1;
};
AxisSplit split_at(const Shape& shape, int axis);

}  // namespace tern

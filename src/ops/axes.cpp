#include "ops/axes.h"

#include <algorithm>

#include "base/errors.h"

namespace tern {

Result<int> normalize_axis(std::int64_t axis, int rank) {
  if (axis < -rank || axis >= rank) return invalid_argument("axis {} for rank {}", axis, rank);
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Result<std::vector<int>> normalize_axes(std::span<const std::int64_t> axes, int rank) {
  std::vector<int> normal;
  for (const std::int64_t axis : axes) {
    TERN_ASSIGN_OR_RETURN(const int from_front, normalize_axis(axis, rank));
    normal.push_back(from_front);
  }
  std::ranges::sort(normal);
  const auto twice = std::ranges::adjacent_find(normal);
  if (twice != normal.end()) return invalid_argument("axis {} is named twice", *twice);
  return normal;
}

AxisSplit split_at(const Shape& shape, int axis) {
  return {shape.elements(0, axis), shape[axis], shape.elements(axis + 1, shape.rank())};
}

}  // namespace tern

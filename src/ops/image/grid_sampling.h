// What GridSample and its gradient share: inference and the walk over all points.
#pragma once

#include "graph/op_def.h"
#include "ops/image/point_sampling.h"

namespace tern::ops {

/// Fails unless the grid fits X.
Status check_grid(const TypeInfo& x, const TypeInfo& grid);

/// The geometry of a concrete GridSample.
struct GridGeometry {
  std::int64_t batch = 1;
  std::int64_t channels = 1;
  std::int64_t points = 1;  // of one image
  std::int64_t pixels = 1;  // of one channel
  tern::Shape spatial;
  tern::Shape strides;

  GridGeometry(const tern::Shape& x, const tern::Shape& grid);

  /// The pixels along every axis that point `p` (of all images) reads; grid[...] are the
  /// coordinates, last axis first.
  template <class Reader>
  std::vector<AxisPixels> axes_of(const GridSample& op, const Reader& grid, std::int64_t p) const {
    std::vector<AxisPixels> axes;
    const int rank = spatial.rank();
    for (int axis = 0; axis < rank; ++axis) {
      axes.push_back(grid_pixels(op, grid[p * rank + rank - 1 - axis], spatial[axis]));
    }
    return axes;
  }
};

}  // namespace tern::ops

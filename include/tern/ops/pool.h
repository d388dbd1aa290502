// Pooling beside that of tern/ops/nn.h: regions of interest, and the reverse of MaxPool; with their
// gradients (tern domain).
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// The largest value in each cell of a `pooled_shape` grid laid over each region of X [N, C, H, W].
/// A row of rois [R, 5] is (image, x1, y1, x2, y2), both corners inclusive, in coordinates that
/// `spatial_scale` turns into X's; they are rounded. An empty cell gives 0. Y is [R, C, grid].
struct MaxRoiPool {
  std::vector<std::int64_t> pooled_shape;
  float spatial_scale = 1.0F;
  static constexpr auto fields =
      Fields{Field{"pooled_shape", &MaxRoiPool::pooled_shape, kRequiredField},
             Field{"spatial_scale", &MaxRoiPool::spatial_scale}};
};

/// dX of MaxRoiPool from dY, X and rois: each cell's gradient goes to its first largest element.
struct MaxRoiPoolGrad {
  std::vector<std::int64_t> pooled_shape;
  float spatial_scale = 1.0F;
  static constexpr auto fields =
      Fields{Field{"pooled_shape", &MaxRoiPoolGrad::pooled_shape, kRequiredField},
             Field{"spatial_scale", &MaxRoiPoolGrad::spatial_scale}};
};

/// Zeros with the elements of X [N, C, spatial...] where MaxPool's output 1, the input I, says they
/// were: I counts elements of the tensor that the pooling had, whose sizes follow from X's and the
/// window. Input 2, `output_shape` (all axes), makes Y larger at the ends.
struct MaxUnpool {
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"kernel_shape", &MaxUnpool::kernel_shape, kRequiredField},
             Field{"pads", &MaxUnpool::pads}, Field{"strides", &MaxUnpool::strides}};
};

/// dX of MaxUnpool from dY and I.
struct MaxUnpoolGrad {
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> strides;
  static constexpr auto fields =
      Fields{Field{"kernel_shape", &MaxUnpoolGrad::kernel_shape, kRequiredField},
             Field{"pads", &MaxUnpoolGrad::pads}, Field{"strides", &MaxUnpoolGrad::strides}};
};

}  // namespace tern::ops

// Reading an image between its pixels, as GridSample, DeformConv and their gradients do: the pixels
// along each axis, with weights and the slopes of the weights.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "tern/ops/image.h"
#include "tern/shape.h"
#include "tern/thread_pool.h"

namespace tern::ops {

/// One pixel along an axis; -1 stands for a zero outside the image.
struct AxisPixel {
  std::int64_t index = -1;
  double weight = 0;
  double slope = 0;  // of the weight, per unit of the coordinate given
};

/// The pixels that a coordinate reads along one axis.
struct AxisPixels {
  std::array<AxisPixel, 4> pixels;
  int count = 0;
};

/// Linear interpolation at `x` pixels from the first one's centre, zeros outside.
AxisPixels linear_pixels(double x, std::int64_t size);

/// What GridSample reads at the coordinate `n` in [-1, 1] of an axis.
AxisPixels grid_pixels(const GridSample& op, double n, std::int64_t size);

/// Calls body(offset, weight, slopes) for every pixel of the image that a point reads: its offset
/// with `strides`, the product of its weights, and that product's slope along each axis.
void for_each_pixel(
    std::span<const AxisPixels> axes, const tern::Shape& strides,
    FunctionRef<void(std::int64_t offset, double weight, std::span<const double> slopes)> body);

}  // namespace tern::ops

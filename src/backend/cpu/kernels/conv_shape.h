// From the attributes of channels-last convolutions and their gradients to what the compute core
// takes.
#pragma once

#include <algorithm>

#include "backend/cpu/compute/conv.h"
#include "graph/op_def.h"
#include "ops/nn/window.h"

namespace tern::cpu {

/// The convolution of images `x` [N, H, W, C] with weights `w` [M, C/group, h, w]; its epilogue is
/// the caller's.
template <class Op>
Result<ConvShape> conv_shape_of(const Op& op, const Shape& x, const Shape& w) {
  const ops::WindowSpec spec = ops::window_spec(op, w.dims().subspan(2));
  Result<std::vector<ops::WindowAxis>> axes = window_axes(spec, 2);
  if (!axes.ok()) return axes.status();
  std::int64_t out[2] = {};
  for (int i = 0; i < 2; ++i) {
    Result<std::int64_t> n = window_count(spec, x[i + 1], (*axes)[static_cast<std::size_t>(i)]);
    if (!n.ok()) return n.status();
    out[i] = *n;
  }
  const ops::WindowAxis& vertical = (*axes)[0];
  const ops::WindowAxis& horizontal = (*axes)[1];
  return ConvShape{.batch = x[0],
                   .in_h = x[1],
                   .in_w = x[2],
                   .in_c = x[3],
                   .out_h = out[0],
                   .out_w = out[1],
                   .out_c = w[0],
                   .kernel_h = vertical.kernel,
                   .kernel_w = horizontal.kernel,
                   .stride_h = vertical.stride,
                   .stride_w = horizontal.stride,
                   .dilation_h = vertical.dilation,
                   .dilation_w = horizontal.dilation,
                   .pad_top = vertical.pad_begin,
                   .pad_left = horizontal.pad_begin,
                   .groups = op.group};
}

/// An image of type `x` [N, H, W, C] for weights `w` [M, C/group, h, w]: the sizes known when the
/// program is made, with stand-ins for the others. These are large enough that the choice of an
/// algorithm is the one for images, not for the last tiny planes of a network.
template <class Op>
Shape assumed_image(const TypeInfo& x, const Op& op, const Shape& w) {
  constexpr std::int64_t kTypicalPlane = 28;
  Shape image{1, 1, 1, w[1] * op.group};
  for (int i = 0; i < 2; ++i) {
    const Dim& dim = x.shape[static_cast<std::size_t>(i + 1)];
    const std::int64_t dilation =
        op.dilations.empty() ? 1 : op.dilations[static_cast<std::size_t>(i)];
    image[i + 1] =
        dim.known() ? dim.value() : std::max(kTypicalPlane, (w[i + 2] - 1) * dilation + 1);
  }
  return image;
}

}  // namespace tern::cpu

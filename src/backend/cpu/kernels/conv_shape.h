// From the attributes of channels-last convolutions and their gradients to what the compute core
// takes.
#pragma once

#include "backend/cpu/compute/conv.h"
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

}  // namespace tern::cpu

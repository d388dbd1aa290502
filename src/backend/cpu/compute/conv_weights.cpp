#include "backend/cpu/compute/conv_weights.h"

#include <algorithm>

#include "backend/cpu/compute/transpose.h"

namespace tern::cpu {

ConvWeights onnx_weights(const ConvShape& s, const float* w) {
  const std::int64_t window = s.kernel_h * s.kernel_w;
  const std::int64_t filter = s.in_c / s.groups * window;
  return {.w = w,
          .group = s.out_c / s.groups * filter,
          .out = filter,
          .in = window,
          .window = window,
          .row = s.kernel_w};
}

std::int64_t FilterRows::channels(std::int64_t width) const {
  return std::max<std::int64_t>(1, kCacheFloats / (weights_.window * width));
}

void FilterRows::gather(std::int64_t group, Range outs, std::int64_t width, Range ins) {
  width_ = width;
  const ConvWeights& s = weights_;
  const float* w = s.w + group * s.group + outs.begin * s.out + ins.begin * s.in;
  const TransposeKernels& kernels = transpose_kernels(isa_);
  if (s.in == s.window) {
    kernels.matrix(w, s.out, rows_, width, outs.size(), ins.size() * s.window);
  } else {
    for (std::int64_t i = 0; i < ins.size(); ++i) {
      kernels.matrix(w + i * s.in, s.out, rows_ + i * s.window * width, width, outs.size(),
                     s.window);
    }
  }
  if (outs.size() == width) return;
  for (std::int64_t r = 0; r < ins.size() * s.window; ++r) {
    std::fill(rows_ + r * width + outs.size(), rows_ + (r + 1) * width, 0.0F);
  }
}

}  // namespace tern::cpu

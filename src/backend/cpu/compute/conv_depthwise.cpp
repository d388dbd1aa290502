#include <algorithm>

#include "backend/cpu/compute/conv_algorithms.h"
#include "backend/cpu/compute/conv_geometry.h"
#include "backend/cpu/compute/depthwise.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

// Weights stand as [kernel_h][kernel_w][channels], channels rounded up so that whole vectors of any
// Isa may be loaded.
std::int64_t weight_channels(const ConvShape& s) {
  constexpr std::int64_t kMaxLanes = 16;
  return (s.in_c + kMaxLanes - 1) / kMaxLanes * kMaxLanes;
}

DepthwiseRow row_of(const ConvPlan& plan, const ConvCall& call, std::int64_t line) {
  const ConvShape& s = plan.shape;
  const std::int64_t image = line / s.out_h;
  const std::int64_t y = line % s.out_h;
  const std::int64_t top = y * s.stride_h - s.pad_top;
  const Range kernel = positions_inside(top, s.in_h, s.kernel_h, s.dilation_h);
  const std::int64_t in_row = kernel.size() > 0 ? top + kernel.begin * s.dilation_h : 0;
  const std::int64_t channels = weight_channels(s);
  const std::int64_t pixel = line * s.out_w;
  return {.x = call.x + (image * s.in_h + in_row) * s.in_w * s.in_pixel,
          .x_row = s.dilation_h * s.in_w * s.in_pixel,
          .x_pixel = s.in_pixel,
          .in_w = s.in_w,
          .channels = s.in_c,
          .weights = call.packed + kernel.begin * s.kernel_w * channels,
          .weight_channels = channels,
          .kernel_rows = kernel.size(),
          .kernel_w = s.kernel_w,
          .stride = s.stride_w,
          .dilation = s.dilation_w,
          .pad_left = s.pad_left,
          .bias = call.bias,
          .residual = call.residual != nullptr ? call.residual + pixel * s.residual_pixel : nullptr,
          .residual_pixel = s.residual_pixel,
          .y = call.y + image * s.out_image + y * s.out_row,
          .y_pixel = s.out_pixel,
          .out_w = s.out_w};
}

}  // namespace

void plan_depthwise(ConvPlan& plan) {
  const ConvShape& s = plan.shape;
  plan.packed_floats = s.kernel_h * s.kernel_w * weight_channels(s);
  plan.scratch_floats = 0;
}

void pack_depthwise(const ConvPlan& plan, const ConvWeights& weights, float* packed, ThreadPool&) {
  const ConvShape& s = plan.shape;
  const std::int64_t channels = weight_channels(s);
  std::fill_n(packed, plan.packed_floats, 0.0F);
  for (std::int64_t c = 0; c < s.in_c; ++c) {
    const float* filter = weights.w + c * weights.group;
    for (std::int64_t y = 0; y < s.kernel_h; ++y) {
      for (std::int64_t x = 0; x < s.kernel_w; ++x) {
        packed[(y * s.kernel_w + x) * channels + c] = filter[weights.tap(y, x)];
      }
    }
  }
}

void run_depthwise(const ConvPlan& plan, const ConvCall& call, float*, ThreadPool& pool) {
  const ConvShape& s = plan.shape;
  const DepthwiseKernels& kernels = depthwise_kernels(plan.isa);
  constexpr std::int64_t kMinWork = 64 * 1024;  // products per thread
  const std::int64_t work = s.out_w * s.in_c * s.kernel_h * s.kernel_w;
  const std::int64_t grain = std::max<std::int64_t>(1, kMinWork / std::max<std::int64_t>(1, work));
  pool.parallel_for(s.batch * s.out_h, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t line = begin; line < end; ++line) {
      kernels.row(row_of(plan, call, line), s.epilogue);
    }
  });
}

}  // namespace tern::cpu

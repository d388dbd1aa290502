#include <algorithm>
#include <cstring>
#include <numeric>

#include "backend/cpu/compute/conv_backward.h"
#include "backend/cpu/compute/conv_weights.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

// One axis of a phase: which kernel positions reach the pixels first, first + stride, ... and how
// they read dy. Position k of the kernel joins input pixel i = o * stride + k * dilation - pad to
// output pixel o.
struct AxisPhase {
  std::int64_t count = 0;    // kernel positions
  std::int64_t first_k = 0;  // the one that meets the smallest output pixel, so the largest
  std::int64_t step_k = 0;
  std::int64_t pad = 0, dilation = 1;  // of the convolution over dy
  std::int64_t size = 0;               // pixels of the class
};

AxisPhase axis_phase(std::int64_t first, std::int64_t in, std::int64_t kernel, std::int64_t stride,
                     std::int64_t dilation, std::int64_t pad) {
  AxisPhase phase;
  phase.size = (in - first + stride - 1) / stride;
  const std::int64_t common = std::gcd(stride, dilation);
  phase.step_k = stride / common;
  phase.dilation = dilation / common;
  for (std::int64_t k = kernel - 1; k >= 0; --k) {
    if ((first + pad - k * dilation) % stride != 0) continue;
    if (phase.count == 0) {
      phase.first_k = k;
      phase.pad = -((first + pad - k * dilation) / stride);
    }
    ++phase.count;
  }
  return phase;
}

ConvShape with_strides(ConvShape s) {
  if (s.in_pixel == 0) s.in_pixel = s.in_c;
  if (s.out_pixel == 0) s.out_pixel = s.out_c;
  return s;
}

ConvShape phase_shape(const ConvShape& s, const AxisPhase& y, const AxisPhase& x) {
  const std::int64_t row = s.in_w * s.in_pixel;
  return {.batch = s.batch,
          .in_h = s.out_h,
          .in_w = s.out_w,
          .in_c = s.out_c,
          .out_h = y.size,
          .out_w = x.size,
          .out_c = s.in_c,
          .kernel_h = y.count,
          .kernel_w = x.count,
          .dilation_h = y.dilation,
          .dilation_w = x.dilation,
          .pad_top = y.pad,
          .pad_left = x.pad,
          .groups = s.groups,
          .in_pixel = s.out_pixel,
          .out_pixel = s.stride_w * s.in_pixel,
          .out_row = s.stride_h * row,
          .out_image = s.in_h * row};
}

void clear_phase(const ConvShape& s, const ConvBackwardDataPlan::Phase& phase, float* dx,
                 ThreadPool& pool) {
  const std::int64_t row = s.in_w * s.in_pixel;
  pool.parallel_for(s.batch, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t image = begin; image < end; ++image) {
      for (std::int64_t y = phase.first_y; y < s.in_h; y += s.stride_h) {
        float* line = dx + (image * s.in_h + y) * row;
        for (std::int64_t x = phase.first_x; x < s.in_w; x += s.stride_w) {
          std::memset(line + x * s.in_pixel, 0, sizeof(float) * static_cast<std::size_t>(s.in_c));
        }
      }
    }
  });
}

// The phase's part of the weights, input and output channels of each group exchanged.
ConvWeights weights_of(const ConvShape& s, const ConvBackwardDataPlan::Phase& phase,
                       const float* weights) {
  const ConvWeights forward = onnx_weights(s, weights);
  return {.w = weights,
          .group = forward.group,
          .out = forward.in,
          .in = forward.out,
          .window = forward.window,
          .first = phase.first_ky * s.kernel_w + phase.first_kx,
          .row = -phase.step_ky * s.kernel_w,
          .column = -phase.step_kx};
}

}  // namespace

ConvBackwardDataPlan plan_conv_backward_data(const ConvShape& forward, int threads, Isa isa) {
  const ConvShape s = with_strides(forward);
  ConvBackwardDataPlan plan{.shape = s, .threads = threads};
  for (std::int64_t fy = 0; fy < std::min(s.stride_h, s.in_h); ++fy) {
    const AxisPhase y = axis_phase(fy, s.in_h, s.kernel_h, s.stride_h, s.dilation_h, s.pad_top);
    for (std::int64_t fx = 0; fx < std::min(s.stride_w, s.in_w); ++fx) {
      const AxisPhase x = axis_phase(fx, s.in_w, s.kernel_w, s.stride_w, s.dilation_w, s.pad_left);
      ConvBackwardDataPlan::Phase phase{.first_y = fy,
                                        .first_x = fx,
                                        .first_ky = y.first_k,
                                        .step_ky = y.step_k,
                                        .first_kx = x.first_k,
                                        .step_kx = x.step_k,
                                        .empty = y.count == 0 || x.count == 0};
      if (!phase.empty) {
        phase.conv = plan_conv(phase_shape(s, y, x), threads, isa);
        phase.packed_offset = plan.packed_floats;
        plan.packed_floats += (phase.conv.packed_floats + 15) / 16 * 16;
        plan.scratch_floats = std::max(plan.scratch_floats, phase.conv.scratch_floats);
      }
      plan.phases.push_back(std::move(phase));
    }
  }
  return plan;
}

void pack_conv_backward_data(const ConvBackwardDataPlan& plan, const float* weights, float* packed,
                             ThreadPool& pool) noexcept {
  for (const ConvBackwardDataPlan::Phase& phase : plan.phases) {
    if (phase.empty) continue;
    pack_conv(phase.conv, weights_of(plan.shape, phase, weights), packed + phase.packed_offset,
              pool);
  }
}

void run_conv_backward_data(const ConvBackwardDataPlan& plan, const float* dy, const float* packed,
                            float* dx, float* scratch, ThreadPool& pool) noexcept {
  const ConvShape& s = plan.shape;
  for (const ConvBackwardDataPlan::Phase& phase : plan.phases) {
    if (phase.empty) {
      clear_phase(s, phase, dx, pool);
      continue;
    }
    const std::int64_t first = (phase.first_y * s.in_w + phase.first_x) * s.in_pixel;
    run_conv(phase.conv, {.x = dy, .packed = packed + phase.packed_offset, .y = dx + first},
             scratch, pool);
  }
}

}  // namespace tern::cpu

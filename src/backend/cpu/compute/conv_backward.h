// Gradients of convolution (conv.h) in f32, NHWC.
//
// Weights and their gradient are in ONNX's order [out_c, in_c / groups, kernel_h, kernel_w]. Plans
// are values; run_* validate nothing, allocate nothing and take no lock.
#pragma once

#include <cstdint>
#include <vector>

#include "backend/cpu/compute/conv.h"

namespace tern::cpu {

/// dx = the gradient of a convolution's input. With stride s the pixels of dx fall into s_h * s_w
/// classes, each of which is an ordinary convolution of dy with a part of the turned-round kernel.
struct ConvBackwardDataPlan {
  ConvShape shape;  ///< of the forward convolution; its epilogue is not looked at
  int threads = 1;

  struct Phase {
    std::int64_t first_y = 0, first_x = 0;  ///< the class: pixels first + i * stride
    /// Kernel positions that reach it, from the one that meets the smallest pixel of dy:
    /// first_k* - i * step_k*.
    std::int64_t first_ky = 0, step_ky = 0, first_kx = 0, step_kx = 0;
    bool empty = false;  ///< no position reaches it: dx is zero there
    ConvPlan conv;
    std::int64_t packed_offset = 0;
  };
  std::vector<Phase> phases;
  std::int64_t packed_floats = 0;
  std::int64_t scratch_floats = 0;
};

ConvBackwardDataPlan plan_conv_backward_data(const ConvShape& forward, int threads,
                                             Isa isa = active_isa());

/// Packs the weights for run_conv_backward_data; to be called whenever they change.
void pack_conv_backward_data(const ConvBackwardDataPlan& plan, const float* weights, float* packed,
                             ThreadPool& pool) noexcept;

/// dy is laid out like the forward output (out_pixel), dx like the forward input (in_pixel).
void run_conv_backward_data(const ConvBackwardDataPlan& plan, const float* dy, const float* packed,
                            float* dx, float* scratch, ThreadPool& pool) noexcept;

enum class ConvGradient : std::uint8_t {
  kDirect,     ///< any shape: sums of outer products of windows and outputs, read in place
  kWinograd,   ///< 3x3 of stride 1 without groups, relative error up to 2e-5
  kDepthwise,  ///< one input and one output channel per group
};

struct ConvBackwardWeightsPlan {
  ConvShape shape;  ///< of the forward convolution; its epilogue is not looked at
  Isa isa = Isa::kBaseline;
  int threads = 1;
  ConvGradient algorithm = ConvGradient::kDirect;
  std::int64_t run = 0;       ///< kDirect: floats of a window's row that lie together
  std::int64_t padded_w = 0;  ///< kDirect: pixels of a row in the padded copy of x; 0: none needed
  std::int64_t block = 0;     ///< kWinograd: tiles of a block
  std::int64_t scratch_floats = 0;
};

ConvBackwardWeightsPlan plan_conv_backward_weights(const ConvShape& forward, int threads,
                                                   Isa isa = active_isa());

struct ConvBackwardWeightsCall {
  const float* x = nullptr;
  const float* dy = nullptr;
  float* dw = nullptr;     ///< overwritten
  float* dbias = nullptr;  ///< out_c values, overwritten, or null
};

void run_conv_backward_weights(const ConvBackwardWeightsPlan& plan,
                               const ConvBackwardWeightsCall& call, float* scratch,
                               ThreadPool& pool) noexcept;

}  // namespace tern::cpu

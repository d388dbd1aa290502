#include "backend/cpu/compute/conv.h"

#include "backend/cpu/compute/conv_algorithms.h"

namespace tern::cpu {
namespace {

bool is_depthwise(const ConvShape& s) {
  return s.groups > 1 && s.groups == s.in_c && s.groups == s.out_c;
}

bool has_dense_rows(const ConvShape& s) {
  const std::int64_t row = s.out_w * (s.out_pixel != 0 ? s.out_pixel : s.out_c);
  return (s.out_row == 0 || s.out_row == row) &&
         (s.out_image == 0 || s.batch == 1 || s.out_image == s.out_h * row);
}

bool is_matmul(const ConvShape& s) {
  return s.kernel_h == 1 && s.kernel_w == 1 && s.stride_h == 1 && s.stride_w == 1 &&
         s.pad_top == 0 && s.pad_left == 0 && s.groups == 1 && s.out_h == s.in_h &&
         s.out_w == s.in_w && has_dense_rows(s);
}

bool is_winograd(const ConvShape& s) {
  return s.kernel_h == 3 && s.kernel_w == 3 && s.stride_h == 1 && s.stride_w == 1 &&
         s.dilation_h == 1 && s.dilation_w == 1 && s.groups == 1;
}

// Tiles and channels from which the saved multiplications outweigh the transforms and the 4 times
// larger weights. Measured on Zen 4: see docs/kernels.md.
bool favours_winograd(const ConvShape& s) {
  constexpr std::int64_t kMinTiles = 12;
  constexpr std::int64_t kMinChannels = 32;
  const std::int64_t tiles = s.batch * ((s.out_h + 3) / 4) * ((s.out_w + 3) / 4);
  return is_winograd(s) && tiles >= kMinTiles && s.in_c >= kMinChannels && s.out_c >= kMinChannels;
}

ConvShape with_strides(ConvShape s) {
  if (s.in_pixel == 0) s.in_pixel = s.in_c;
  if (s.out_pixel == 0) s.out_pixel = s.out_c;
  if (s.residual_pixel == 0) s.residual_pixel = s.out_c;
  if (s.out_row == 0) s.out_row = s.out_w * s.out_pixel;
  if (s.out_image == 0) s.out_image = s.out_h * s.out_row;
  return s;
}

void plan_matmul(ConvPlan& plan) {
  const ConvShape& s = plan.shape;
  plan.matmul = plan_gemm({.k = s.in_c, .n = s.out_c, .epilogue = s.epilogue}, plan.isa);
  plan.packed_floats = plan.matmul.packed_floats;
  plan.scratch_floats = gemm_scratch_floats(plan.matmul, s.batch * s.out_h * s.out_w, plan.threads);
}

void pack_matmul(const ConvPlan& plan, const ConvWeights& weights, float* packed,
                 ThreadPool& pool) {
  pack_gemm(plan.matmul, weights.w + weights.first, weights.in, weights.out, packed, pool);
}

void run_matmul(const ConvPlan& plan, const ConvCall& call, float* scratch, ThreadPool& pool) {
  const ConvShape& s = plan.shape;
  run_gemm(plan.matmul,
           {.m = s.batch * s.out_h * s.out_w,
            .a = call.x,
            .a_row = s.in_pixel,
            .packed = call.packed,
            .bias = call.bias,
            .residual = call.residual,
            .residual_row = s.residual_pixel,
            .c = call.y,
            .c_row = s.out_pixel},
           scratch, pool);
}

}  // namespace

bool conv_supports(const ConvShape& shape, ConvAlgorithm algorithm) {
  switch (algorithm) {
    case ConvAlgorithm::kMatmul: return is_matmul(shape);
    case ConvAlgorithm::kImplicit: return true;
    case ConvAlgorithm::kWinograd: return is_winograd(shape);
    case ConvAlgorithm::kDepthwise: return is_depthwise(shape);
  }
  return false;
}

ConvAlgorithm choose_conv_algorithm(const ConvShape& shape, Isa) {
  if (is_depthwise(shape)) return ConvAlgorithm::kDepthwise;
  if (favours_winograd(shape)) return ConvAlgorithm::kWinograd;
  return is_matmul(shape) ? ConvAlgorithm::kMatmul : ConvAlgorithm::kImplicit;
}

ConvPlan plan_conv(const ConvShape& shape, int threads, Isa isa,
                   std::optional<ConvAlgorithm> algorithm) {
  ConvPlan plan{.shape = with_strides(shape), .isa = isa, .threads = threads};
  plan.algorithm = algorithm.value_or(choose_conv_algorithm(shape, isa));
  switch (plan.algorithm) {
    case ConvAlgorithm::kMatmul: plan_matmul(plan); break;
    case ConvAlgorithm::kImplicit: plan_implicit(plan); break;
    case ConvAlgorithm::kWinograd: plan_winograd(plan); break;
    case ConvAlgorithm::kDepthwise: plan_depthwise(plan); break;
  }
  return plan;
}

void pack_conv(const ConvPlan& plan, const float* weights, float* packed,
               ThreadPool& pool) noexcept {
  pack_conv(plan, onnx_weights(plan.shape, weights), packed, pool);
}

void pack_conv(const ConvPlan& plan, const ConvWeights& weights, float* packed,
               ThreadPool& pool) noexcept {
  switch (plan.algorithm) {
    case ConvAlgorithm::kMatmul: return pack_matmul(plan, weights, packed, pool);
    case ConvAlgorithm::kImplicit: return pack_implicit(plan, weights, packed, pool);
    case ConvAlgorithm::kWinograd: return pack_winograd(plan, weights, packed, pool);
    case ConvAlgorithm::kDepthwise: return pack_depthwise(plan, weights, packed, pool);
  }
}

void run_conv(const ConvPlan& plan, const ConvCall& call, float* scratch,
              ThreadPool& pool) noexcept {
  switch (plan.algorithm) {
    case ConvAlgorithm::kMatmul: return run_matmul(plan, call, scratch, pool);
    case ConvAlgorithm::kImplicit: return run_implicit(plan, call, scratch, pool);
    case ConvAlgorithm::kWinograd: return run_winograd(plan, call, scratch, pool);
    case ConvAlgorithm::kDepthwise: return run_depthwise(plan, call, scratch, pool);
  }
}

}  // namespace tern::cpu

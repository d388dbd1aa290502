// Batch normalisation of channels-last images and its gradient, f32.
#include "backend/cpu/compute/batch_norm.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/kernel.h"
#include "tern/ops/fused_grad.h"

namespace tern::cpu {
namespace {

std::int64_t align(std::int64_t floats) { return (floats + 15) / 16 * 16; }

float* optional_output(RunContext& c, std::size_t i) {
  return i < c.out.size() && c.out[i] != nullptr ? c.output<float>(i) : nullptr;
}

struct BatchNormF32 {
  using Operator = ops::NhwcBatchNormalization;
  static constexpr InPlaceInputs kInPlaceInputs{0b10'0001, 0b00'1000, 0b01'0000};
  struct Plan {
    ops::NhwcBatchNormalization op;
    BatchNormPlan norm;
    std::int64_t vector = 0;  // floats of a vector of channels in scratch
  };

  static bool matches(const KernelQuery& q) { return q.all(DType::kF32) && q.wants(0); }

  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& x = c.in[0].shape;
    plan.op = c.attributes<ops::NhwcBatchNormalization>();
    plan.norm = plan_batch_norm(x.elements(0, x.rank() - 1), x.back(), c.threads);
    plan.vector = align(x.back());
    // Mean, variance and factor stand before what the sums need.
    c.scratch_bytes =
        static_cast<std::size_t>(3 * plan.vector + plan.norm.scratch_floats) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const std::int64_t channels = plan.norm.channels;
    auto* mean = static_cast<float*>(c.scratch);
    float* variance = mean + plan.vector;
    float* factor = variance + plan.vector;
    const auto* x = c.input<float>(0);
    if (plan.op.training_mode) {
      run_channel_moments(plan.norm, x, mean, variance, factor + plan.vector, c.pool);
    } else {
      std::copy_n(c.input<float>(3), channels, mean);
      std::copy_n(c.input<float>(4), channels, variance);
    }
    const auto* scale = c.input<float>(1);
    for (std::int64_t k = 0; k < channels; ++k) {
      factor[k] = static_cast<float>(double{scale[k]} /
                                     std::sqrt(double{variance[k]} + double{plan.op.epsilon}));
    }
    write_statistics(plan, mean, variance, c);
    run_channel_affine(plan.norm,
                       {.x = x,
                        .mean = mean,
                        .factor = factor,
                        .bias = c.input<float>(2),
                        .residual = c.optional_input<float>(5),
                        .lo = plan.op.relu ? 0.0F : -std::numeric_limits<float>::infinity(),
                        .y = c.output<float>(0)},
                       c.pool);
  }

 private:
  // Each statistic is read before the output that may stand in its place is written.
  static void write_statistics(const Plan& plan, const float* mean, const float* variance,
                               RunContext& c) {
    const float* now[2] = {mean, variance};
    const float kept = plan.op.training_mode ? plan.op.momentum : 0.0F;
    for (std::size_t i = 0; i < 2; ++i) {
      const auto* before = c.input<float>(3 + i);
      float* running = optional_output(c, 1 + i);
      for (std::int64_t k = 0; running != nullptr && k < plan.norm.channels; ++k) {
        running[k] = before[k] * kept + now[i][k] * (1.0F - kept);
      }
      if (float* used = optional_output(c, 3 + i)) std::copy_n(now[i], plan.norm.channels, used);
    }
  }
};

struct BatchNormGradF32 {
  using Operator = ops::NhwcBatchNormalizationGrad;
  static constexpr std::uint32_t kInPlaceInputs = 0b00011;
  struct Plan {
    ops::NhwcBatchNormalizationGrad op;
    BatchNormPlan norm;
  };

  static bool matches(const KernelQuery& q) { return q.all(DType::kF32) && q.wants(0); }

  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& x = c.in[1].shape;
    plan.op = c.attributes<ops::NhwcBatchNormalizationGrad>();
    plan.norm = plan_batch_norm(x.elements(0, x.rank() - 1), x.back(), c.threads);
    c.scratch_bytes = static_cast<std::size_t>(plan.norm.scratch_floats) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    run_batch_norm_backward(plan.norm,
                            {.dy = c.input<float>(0),
                             .x = c.input<float>(1),
                             .scale = c.input<float>(2),
                             .mean = c.input<float>(3),
                             .variance = c.input<float>(4),
                             .epsilon = plan.op.epsilon,
                             .batch_statistics = plan.op.training_mode,
                             .dx = c.output<float>(0),
                             .dscale = optional_output(c, 1),
                             .dbias = optional_output(c, 2)},
                            static_cast<float*>(c.scratch), c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kBatchNormF32, kBatchNormGradF32;
constinit const KernelDef kBatchNormF32 = make_kernel<BatchNormF32>("batch_norm_f32");
constinit const KernelDef kBatchNormGradF32 = make_kernel<BatchNormGradF32>("batch_norm_grad_f32");

}  // namespace tern::cpu

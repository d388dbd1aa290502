// Gradients of channels-last convolutions in f32. Weights change from step to step, so they are
// packed at every run.
#include "backend/cpu/compute/conv_backward.h"
#include "backend/cpu/kernels/conv_shape.h"
#include "backend/kernel.h"
#include "tern/ops/fused_grad.h"

namespace tern::cpu {
namespace {

std::int64_t align(std::int64_t floats) { return (floats + 15) / 16 * 16; }

struct ConvGradInputF32 {
  using Operator = ops::NhwcConvGradInput;
  using Plan = ConvBackwardDataPlan;

  static bool matches(const KernelQuery& q) { return q.all(DType::kF32) && q.in[2].rank() == 4; }

  static Status plan(const PlanContext& c, Plan& plan) {
    Result<ConvShape> shape =
        conv_shape_of(c.attributes<ops::NhwcConvGradInput>(), c.in[2].shape, c.in[1].shape);
    if (!shape.ok()) return shape.status();
    plan = plan_conv_backward_data(*shape, c.threads);
    c.scratch_bytes =
        static_cast<std::size_t>(align(plan.packed_floats) + plan.scratch_floats) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    auto* packed = static_cast<float*>(c.scratch);
    float* rest = packed + align(plan.packed_floats);
    pack_conv_backward_data(plan, c.input<float>(1), packed, c.pool);
    run_conv_backward_data(plan, c.input<float>(0), packed, c.output<float>(0), rest, c.pool);
  }
};

struct ConvGradWeightF32 {
  using Operator = ops::NhwcConvGradWeight;
  using Plan = ConvBackwardWeightsPlan;

  static bool matches(const KernelQuery& q) { return q.all(DType::kF32) && q.in[1].rank() == 4; }

  static Status plan(const PlanContext& c, Plan& plan) {
    Result<ConvShape> shape =
        conv_shape_of(c.attributes<ops::NhwcConvGradWeight>(), c.in[1].shape, c.in[2].shape);
    if (!shape.ok()) return shape.status();
    plan = plan_conv_backward_weights(*shape, c.threads);
    c.scratch_bytes = static_cast<std::size_t>(plan.scratch_floats) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    run_conv_backward_weights(
        plan,
        {.x = c.input<float>(1),
         .dy = c.input<float>(0),
         .dw = c.output<float>(0),
         .dbias = c.out.size() > 1 && c.out[1] != nullptr ? c.output<float>(1) : nullptr},
        static_cast<float*>(c.scratch), c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kConvGradInputF32, kConvGradWeightF32;
constinit const KernelDef kConvGradInputF32 = make_kernel<ConvGradInputF32>("conv_grad_input_f32");
constinit const KernelDef kConvGradWeightF32 =
    make_kernel<ConvGradWeightF32>("conv_grad_weight_f32");

}  // namespace tern::cpu

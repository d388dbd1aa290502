// The gradient of LayerNormalization in f32.
#include "backend/cpu/compute/norm_grad.h"

#include "backend/kernel.h"
#include "ops/axes.h"
#include "tern/ops/nn_grad.h"

namespace tern::cpu {
namespace {

struct LayerNormGradF32 {
  using Operator = ops::LayerNormalizationGrad;
  static constexpr std::uint32_t kInPlaceInputs = 0b011;
  using Plan = LayerNormGradPlan;

  // Scale must have one value per normalised element.
  static bool matches(const KernelQuery& q) {
    if (!q.all(DType::kF32) || !q.wants(0)) return false;
    const TypeInfo& x = q.in[1];
    const TypeInfo& scale = q.in[2];
    const Result<int> axis =
        normalize_axis(q.attributes<ops::LayerNormalizationGrad>().axis, x.rank());
    if (!axis.ok() || scale.rank() != x.rank() - *axis) return false;
    for (int i = 0; i < scale.rank(); ++i) {
      const auto k = static_cast<std::size_t>(i);
      if (!same(scale.shape[k], x.shape[k + static_cast<std::size_t>(*axis)])) return false;
    }
    return true;
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const auto& op = c.attributes<ops::LayerNormalizationGrad>();
    const Shape& x = c.in[1].shape;
    const Result<int> axis = normalize_axis(op.axis, x.rank());
    if (!axis.ok()) return axis.status();
    plan = plan_layer_norm_grad(x.elements(0, *axis), x.elements(*axis, x.rank()), op.epsilon,
                                c.threads);
    c.scratch_bytes = static_cast<std::size_t>(plan.scratch_floats) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto optional = [&](std::size_t i) {
      return i < c.out.size() && c.out[i] != nullptr ? c.output<float>(i) : nullptr;
    };
    run_layer_norm_grad(plan,
                        {.dy = c.input<float>(0),
                         .x = c.input<float>(1),
                         .scale = c.input<float>(2),
                         .dx = c.output<float>(0),
                         .dscale = optional(1),
                         .dbias = optional(2)},
                        static_cast<float*>(c.scratch), c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kLayerNormGradF32;
constinit const KernelDef kLayerNormGradF32 = make_kernel<LayerNormGradF32>("layer_norm_grad_f32");

}  // namespace tern::cpu

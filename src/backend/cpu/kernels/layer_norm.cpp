// LayerNormalization in f32, statistics in f32 too.
#include "backend/cpu/compute/rows.h"
#include "backend/kernel.h"
#include "ops/axes.h"
#include "tern/ops/nn.h"

namespace tern::cpu {
namespace {

struct LayerNormF32 {
  using Operator = ops::LayerNormalization;
  struct Plan {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    float epsilon = 0;
  };

  static bool matches(const KernelQuery& q) { return q.all(DType::kF32); }
  static Status plan(const PlanContext& c, Plan& plan) {
    const auto& op = c.attributes<ops::LayerNormalization>();
    const Shape& x = c.in[0].shape;
    Result<int> axis = normalize_axis(op.axis, x.rank());
    if (!axis.ok()) return axis.status();
    plan = {.rows = x.elements(0, *axis),
            .columns = x.elements(*axis, x.rank()),
            .epsilon = op.epsilon};
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto statistic = [&](std::size_t i) {
      return i < c.out.size() && c.out[i] != nullptr ? c.output<float>(i) : nullptr;
    };
    run_layer_norm({.x = c.input<float>(0),
                    .y = c.output<float>(0),
                    .rows = plan.rows,
                    .columns = plan.columns,
                    .scale = c.optional_input<float>(1),
                    .bias = c.optional_input<float>(2),
                    .epsilon = plan.epsilon,
                    .mean = statistic(1),
                    .inverse_std = statistic(2)},
                   c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kLayerNormF32;
constinit const KernelDef kLayerNormF32 = make_kernel<LayerNormF32>("layer_norm_f32");

}  // namespace tern::cpu

// The optimisers' steps in f32, in the variables' own storage where the plan allows.
#include "backend/cpu/compute/update.h"

#include <cmath>

#include "backend/kernel.h"
#include "base/errors.h"
#include "tern/ops/train.h"

namespace tern::cpu {
namespace {

float* optional_output(RunContext& c, std::size_t i) {
  return i < c.out.size() && c.out[i] != nullptr ? c.output<float>(i) : nullptr;
}

struct SgdF32 {
  using Operator = ops::SgdUpdate;
  static constexpr InPlaceInputs kInPlaceInputs{0b0001, 0b1000};
  struct Plan {
    ops::SgdUpdate op;
    std::int64_t count = 0;
  };

  static bool matches(const KernelQuery& q) { return q.all(DType::kF32) && q.wants(0); }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan = {.op = c.attributes<ops::SgdUpdate>(), .count = c.in[0].shape.elements()};
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_sgd({.rate = *c.input<float>(2),
             .momentum = plan.op.momentum,
             .weight_decay = plan.op.weight_decay,
             .nesterov = plan.op.nesterov,
             .count = plan.count,
             .w = c.input<float>(0),
             .g = c.input<float>(1),
             .m = c.optional_input<float>(3),
             .w_new = c.output<float>(0),
             .m_new = optional_output(c, 1)},
            c.pool);
  }
};

struct AdamF32 {
  using Operator = ops::AdamUpdate;
  static constexpr InPlaceInputs kInPlaceInputs{0b00'0001, 0b01'0000, 0b10'0000};
  struct Plan {
    ops::AdamUpdate op;
    std::int64_t count = 0;
  };

  static bool matches(const KernelQuery& q) {
    for (const std::size_t i : {0, 1, 2, 4, 5}) {
      if (q.in[i].dtype != DType::kF32) return false;
    }
    return q.wants(0);
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan = {.op = c.attributes<ops::AdamUpdate>(), .count = c.in[0].shape.elements()};
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    const ops::AdamUpdate& op = plan.op;
    const std::int64_t step = *c.input<std::int64_t>(3);
    if (step < 1) {
      c.status = invalid_argument("step {} is below 1", step);
      return;
    }
    const double rate = *c.input<float>(2), beta1 = op.beta1, beta2 = op.beta2;
    const double correction1 = 1 - std::pow(beta1, static_cast<double>(step));
    const double correction2 = 1 - std::pow(beta2, static_cast<double>(step));
    const double decay = op.weight_decay;
    run_adam({.rate = static_cast<float>(rate / correction1),
              .root = static_cast<float>(1 / std::sqrt(correction2)),
              .epsilon = op.epsilon,
              .beta1 = op.beta1,
              .rest1 = static_cast<float>(1 - beta1),
              .beta2 = op.beta2,
              .rest2 = static_cast<float>(1 - beta2),
              .weight_decay = op.decoupled_weight_decay ? 0.0F : op.weight_decay,
              .keep = op.decoupled_weight_decay ? static_cast<float>(1 - rate * decay) : 1.0F,
              .count = plan.count,
              .w = c.input<float>(0),
              .g = c.input<float>(1),
              .m = c.input<float>(4),
              .v = c.input<float>(5),
              .w_new = c.output<float>(0),
              .m_new = optional_output(c, 1),
              .v_new = optional_output(c, 2)},
             c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kSgdUpdateF32, kAdamUpdateF32;
constinit const KernelDef kSgdUpdateF32 = make_kernel<SgdF32>("sgd_f32");
constinit const KernelDef kAdamUpdateF32 = make_kernel<AdamF32>("adam_f32");

}  // namespace tern::cpu

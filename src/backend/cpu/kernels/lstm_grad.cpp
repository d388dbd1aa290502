// LSTMGrad in f32.
#include "backend/cpu/compute/lstm_backward.h"
#include "backend/kernel.h"
#include "ops/rnn/lstm_cell.h"

namespace tern::cpu {
namespace {

// The gradients of the three outputs stand in front of the layer's inputs.
constexpr std::size_t kFirst = 3;

struct LstmGradF32 {
  using Operator = ops::LSTMGrad;
  using Plan = LstmBackwardPlan;

  static bool matches(const KernelQuery& q) {
    const auto& op = q.attributes<ops::LSTMGrad>();
    return q.all(DType::kF32) && op.activations.empty() && !op.clip && !op.input_forget &&
           !q.has(kFirst + ops::kPeepholes) && !q.wants(6);
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const auto s = ops::RecurrentSizes::of(
        ops::RecurrentAttributes::of(c.attributes<ops::LSTMGrad>()),
        c.in[kFirst + ops::kInputX].shape, c.in[kFirst + ops::kInputR].shape);
    plan = plan_lstm_backward({.steps = s.steps,
                               .batch = s.batch,
                               .input = s.input,
                               .hidden = s.hidden,
                               .directions = static_cast<int>(s.directions),
                               .first_is_reverse = s.first_is_reverse,
                               .batch_first = s.batch_first},
                              c.threads);
    c.scratch_bytes = static_cast<std::size_t>(plan.scratch_floats) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto input = [&](ops::RecurrentInput i) { return c.optional_input<float>(kFirst + i); };
    const auto output = [&](std::size_t i) {
      return i < c.out.size() && c.out[i] != nullptr ? c.output<float>(i) : nullptr;
    };
    run_lstm_backward(plan,
                      {.x = input(ops::kInputX),
                       .w = input(ops::kInputW),
                       .r = input(ops::kInputR),
                       .b = input(ops::kInputB),
                       .initial_h = input(ops::kInitialH),
                       .initial_c = input(ops::kInitialC),
                       .dy = c.optional_input<float>(0),
                       .dlast_h = c.optional_input<float>(1),
                       .dlast_c = c.optional_input<float>(2),
                       .dx = output(0),
                       .dw = output(1),
                       .dr = output(2),
                       .db = output(3),
                       .dinitial_h = output(4),
                       .dinitial_c = output(5)},
                      static_cast<float*>(c.scratch), c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kLstmGradF32;
constinit const KernelDef kLstmGradF32 = make_kernel<LstmGradF32>("lstm_grad_f32");

}  // namespace tern::cpu

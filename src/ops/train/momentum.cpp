#include "ops/train/parameter_groups.h"
#include "tern/ops/preview_training.h"

namespace tern {
namespace {

struct MomentumImpl {
  static constexpr std::string_view summary = "One step of gradient descent with momentum.";
  static constexpr auto inputs = ops::kOptimizerInputs;
  static constexpr auto outputs = ops::kOptimizerOutputs;

  static Status infer(const ops::Momentum&, InferContext& c) {
    return ops::infer_parameter_groups(1, c);
  }
  static void reference(const ops::Momentum& op, ReferenceContext& c) {
    const double rate = FloatReader(c.in(0))[0];
    const double share = IntReader(c.in(1))[0] > 0 ? double{op.beta} : 1.0;
    ops::for_each_parameter_entry<1>(
        c, [&](double x, double g, const std::array<double, 1>& state, auto set) {
          const double gradient = g + op.norm_coefficient * x;
          const double v = op.alpha * state[0] + share * gradient;
          const bool nesterov = op.mode == ops::MomentumMode::kNesterov;
          set(0, x - rate * (nesterov ? gradient + op.alpha * v : v));
          set(1, v);
        });
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Momentum>() {
  static constexpr OpDef def =
      make_op<ops::Momentum, MomentumImpl>("Momentum", "ai.onnx.preview.training", 1);
  return def;
}

}  // namespace tern

#include <cmath>

#include "ops/train/parameter_groups.h"
#include "tern/ops/preview_training.h"

namespace tern {
namespace {

struct AdamImpl {
  static constexpr std::string_view summary = "One step of Adam.";
  static constexpr auto inputs = ops::kOptimizerInputs;
  static constexpr auto outputs = ops::kOptimizerOutputs;

  static Status infer(const ops::Adam&, InferContext& c) {
    return ops::infer_parameter_groups(2, c);
  }
  static void reference(const ops::Adam& op, ReferenceContext& c) {
    const auto updates = static_cast<double>(IntReader(c.in(1))[0]);
    double rate = FloatReader(c.in(0))[0];
    if (updates > 0) {
      rate *= std::sqrt(1 - std::pow(op.beta, updates)) / (1 - std::pow(op.alpha, updates));
    }
    ops::for_each_parameter_entry<2>(
        c, [&](double x, double g, const std::array<double, 2>& state, auto set) {
          const double gradient = g + op.norm_coefficient * x;
          const double v = op.alpha * state[0] + (1 - op.alpha) * gradient;
          const double h = op.beta * state[1] + (1 - op.beta) * gradient * gradient;
          const double moved = x - rate * v / (std::sqrt(h) + op.epsilon);
          set(0, (1 - op.norm_coefficient_post) * moved);
          set(1, v);
          set(2, h);
        });
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Adam>() {
  static constexpr OpDef def = make_op<ops::Adam, AdamImpl>("Adam", "ai.onnx.preview.training", 1);
  return def;
}

}  // namespace tern

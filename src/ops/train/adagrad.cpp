#include <cmath>

#include "ops/train/parameter_groups.h"
#include "tern/ops/preview_training.h"

namespace tern {
namespace {

struct AdagradImpl {
  static constexpr std::string_view summary = "One step of Adagrad.";
  static constexpr auto inputs = ops::kOptimizerInputs;
  static constexpr auto outputs = ops::kOptimizerOutputs;

  static Status infer(const ops::Adagrad&, InferContext& c) {
    return ops::infer_parameter_groups(1, c);
  }
  static void reference(const ops::Adagrad& op, ReferenceContext& c) {
    const auto updates = static_cast<double>(IntReader(c.in(1))[0]);
    const double rate = FloatReader(c.in(0))[0] / (1 + updates * op.decay_factor);
    ops::for_each_parameter_entry<1>(
        c, [&](double x, double g, const std::array<double, 1>& state, auto set) {
          const double gradient = g + op.norm_coefficient * x;
          const double h = state[0] + gradient * gradient;
          set(0, x - rate * gradient / (std::sqrt(h) + op.epsilon));
          set(1, h);
        });
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Adagrad>() {
  static constexpr OpDef def =
      make_op<ops::Adagrad, AdagradImpl>("Adagrad", "ai.onnx.preview.training", 1);
  return def;
}

}  // namespace tern

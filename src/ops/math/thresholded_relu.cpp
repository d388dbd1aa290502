#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "X for X > alpha, else 0.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::ThresholdedRelu& op, double x) { return x > op.alpha ? x : 0.0; }
  static void gradient(const ops::ThresholdedRelu& op, GradContext& g) {
    g.set(0, where(greater(g.input(0), op.alpha), g.grad(0), 0.0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ThresholdedRelu>() {
  static constexpr OpDef def =
      make_op<ops::ThresholdedRelu, ops::UnaryImpl<ops::ThresholdedRelu, Meaning>>(
          "ThresholdedRelu", "ai.onnx", 10);
  return def;
}

}  // namespace tern

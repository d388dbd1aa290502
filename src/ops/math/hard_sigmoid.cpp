#include <algorithm>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "max(0, min(1, alpha X + beta)).";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::HardSigmoid& op, double x) {
    return std::clamp(op.alpha * x + op.beta, 0.0, 1.0);
  }
  static void gradient(const ops::HardSigmoid& op, GradContext& g) {
    const Value y = g.output(0);
    const Value sloped = logical_and(greater(y, 0.0), less(y, 1.0));
    g.set(0, where(sloped, g.grad(0) * op.alpha, 0.0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::HardSigmoid>() {
  static constexpr OpDef def = make_op<ops::HardSigmoid, ops::UnaryImpl<ops::HardSigmoid, Meaning>>(
      "HardSigmoid", "ai.onnx", 6);
  return def;
}

}  // namespace tern

#include <cmath>

#include "ops/elementwise.h"
#include "ops/expand.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "X sigmoid(alpha X).";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Swish& op, double x) {
    return x / (1.0 + std::exp(-op.alpha * x));
  }
  static Value slope(const ops::Swish& op, GradContext& g) {
    const Value x = g.input(0);
    const Value s = sigmoid(x * op.alpha);
    return s + g.output(0) * op.alpha * (1.0 - s);
  }
  static void expand(const ops::Swish& op, ExpandContext& c) {
    const Value x = c.input(0);
    c.set(0, x * sigmoid(op.alpha == 1.0f ? x : x * op.alpha));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Swish>() {
  static constexpr OpDef def =
      make_op<ops::Swish, ops::UnaryImpl<ops::Swish, Meaning>>("Swish", "ai.onnx", 24);
  return def;
}

}  // namespace tern

#include <algorithm>
#include <cmath>

#include "ops/elementwise.h"
#include "ops/expand.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "X tanh(softplus(X)).";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Mish&, double x) {
    const double softplus = std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
    return x * std::tanh(softplus);
  }
  static Value slope(const ops::Mish&, GradContext& g) {
    const Value x = g.input(0);
    const Value t = tanh(softplus(x));
    return t + x * (1.0 - t * t) * sigmoid(x);
  }
  static void expand(const ops::Mish&, ExpandContext& c) {
    c.set(0, c.input(0) * tanh(softplus(c.input(0))));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Mish>() {
  static constexpr OpDef def =
      make_op<ops::Mish, ops::UnaryImpl<ops::Mish, Meaning>>("Mish", "ai.onnx", 18);
  return def;
}

}  // namespace tern

#include <algorithm>
#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "max(0, X) + min(0, alpha (exp(X / alpha) - 1)).";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Celu& op, double x) {
    return std::max(0.0, x) + std::min(0.0, op.alpha * std::expm1(x / op.alpha));
  }
  static Value slope(const ops::Celu& op, GradContext& g) {
    // exp(x / alpha) = y / alpha + 1 where x is negative
    return where(greater(g.input(0), 0.0), 1.0, g.output(0) * (1.0 / op.alpha) + 1.0);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Celu>() {
  static constexpr OpDef def =
      make_op<ops::Celu, ops::UnaryImpl<ops::Celu, Meaning>>("Celu", "ai.onnx", 12);
  return def;
}

}  // namespace tern

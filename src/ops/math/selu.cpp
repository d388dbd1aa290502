#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "gamma X for X > 0, else gamma alpha (exp(X) - 1).";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Selu& op, double x) {
    const double y = x > 0 ? x : op.alpha * std::expm1(x);
    return op.gamma * y;
  }
  static Value slope(const ops::Selu& op, GradContext& g) {
    const double scale = op.gamma;
    return where(greater(g.input(0), 0.0), scale, g.output(0) + scale * op.alpha);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Selu>() {
  static constexpr OpDef def =
      make_op<ops::Selu, ops::UnaryImpl<ops::Selu, Meaning>>("Selu", "ai.onnx", 6);
  return def;
}

}  // namespace tern

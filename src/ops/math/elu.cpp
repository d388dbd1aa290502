#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "X for X > 0, else alpha (exp(X) - 1).";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Elu& op, double x) { return x > 0 ? x : op.alpha * std::expm1(x); }
  static Value slope(const ops::Elu& op, GradContext& g) {
    // alpha exp(x) = y + alpha
    return where(greater(g.input(0), 0.0), 1.0, g.output(0) + op.alpha);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Elu>() {
  static constexpr OpDef def =
      make_op<ops::Elu, ops::UnaryImpl<ops::Elu, Meaning>>("Elu", "ai.onnx", 6);
  return def;
}

}  // namespace tern

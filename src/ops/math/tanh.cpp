#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "The hyperbolic tangent.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Tanh&, double x) { return std::tanh(x); }
  static Value slope(const ops::Tanh&, GradContext& g) {
    const Value y = g.output(0);
    return 1.0 - y * y;
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Tanh>() {
  static constexpr OpDef def =
      make_op<ops::Tanh, ops::UnaryImpl<ops::Tanh, Meaning>>("Tanh", "ai.onnx", 6);
  return def;
}

}  // namespace tern

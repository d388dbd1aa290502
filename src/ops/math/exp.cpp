#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "exp(X).";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Exp&, double x) { return std::exp(x); }
  static Value slope(const ops::Exp&, GradContext& g) { return g.output(0); }
};

}  // namespace

template <>
const OpDef& def_of<ops::Exp>() {
  static constexpr OpDef def =
      make_op<ops::Exp, ops::UnaryImpl<ops::Exp, Meaning>>("Exp", "ai.onnx", 6);
  return def;
}

}  // namespace tern

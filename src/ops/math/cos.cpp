#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "cos(X), X in radians.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Cos&, double x) { return std::cos(x); }
  static Value slope(const ops::Cos&, GradContext& g) { return -sin(g.input(0)); }
};

}  // namespace

template <>
const OpDef& def_of<ops::Cos>() {
  static constexpr OpDef def =
      make_op<ops::Cos, ops::UnaryImpl<ops::Cos, Meaning>>("Cos", "ai.onnx", 7);
  return def;
}

}  // namespace tern

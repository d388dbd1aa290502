#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "The hyperbolic sine.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Sinh&, double x) { return std::sinh(x); }
  static Value slope(const ops::Sinh&, GradContext& g) {
    return g.builder().op(ops::Cosh{}, {g.input(0)});
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Sinh>() {
  static constexpr OpDef def =
      make_op<ops::Sinh, ops::UnaryImpl<ops::Sinh, Meaning>>("Sinh", "ai.onnx", 9);
  return def;
}

}  // namespace tern

#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "The hyperbolic cosine.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Cosh&, double x) { return std::cosh(x); }
  static Value slope(const ops::Cosh&, GradContext& g) {
    return g.builder().op(ops::Sinh{}, {g.input(0)});
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Cosh>() {
  static constexpr OpDef def =
      make_op<ops::Cosh, ops::UnaryImpl<ops::Cosh, Meaning>>("Cosh", "ai.onnx", 9);
  return def;
}

}  // namespace tern

#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "The inverse of sinh.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Asinh&, double x) { return std::asinh(x); }
  static Value slope(const ops::Asinh&, GradContext& g) {
    const Value x = g.input(0);
    return 1.0 / sqrt(x * x + 1.0);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Asinh>() {
  static constexpr OpDef def =
      make_op<ops::Asinh, ops::UnaryImpl<ops::Asinh, Meaning>>("Asinh", "ai.onnx", 9);
  return def;
}

}  // namespace tern

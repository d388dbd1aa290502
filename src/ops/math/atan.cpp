#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "arctan(X).";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Atan&, double x) { return std::atan(x); }
  static Value slope(const ops::Atan&, GradContext& g) {
    const Value x = g.input(0);
    return 1.0 / (x * x + 1.0);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Atan>() {
  static constexpr OpDef def =
      make_op<ops::Atan, ops::UnaryImpl<ops::Atan, Meaning>>("Atan", "ai.onnx", 7);
  return def;
}

}  // namespace tern

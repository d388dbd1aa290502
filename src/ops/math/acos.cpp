#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "arccos(X).";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Acos&, double x) { return std::acos(x); }
  static Value slope(const ops::Acos&, GradContext& g) {
    const Value x = g.input(0);
    return -1.0 / sqrt(1.0 - x * x);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Acos>() {
  static constexpr OpDef def =
      make_op<ops::Acos, ops::UnaryImpl<ops::Acos, Meaning>>("Acos", "ai.onnx", 7);
  return def;
}

}  // namespace tern

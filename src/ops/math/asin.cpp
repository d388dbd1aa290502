#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "arcsin(X).";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Asin&, double x) { return std::asin(x); }
  static Value slope(const ops::Asin&, GradContext& g) {
    const Value x = g.input(0);
    return 1.0 / sqrt(1.0 - x * x);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Asin>() {
  static constexpr OpDef def =
      make_op<ops::Asin, ops::UnaryImpl<ops::Asin, Meaning>>("Asin", "ai.onnx", 7);
  return def;
}

}  // namespace tern

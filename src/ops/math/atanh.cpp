#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "The inverse of tanh.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Atanh&, double x) { return std::atanh(x); }
  static Value slope(const ops::Atanh&, GradContext& g) {
    const Value x = g.input(0);
    return 1.0 / (1.0 - x * x);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Atanh>() {
  static constexpr OpDef def =
      make_op<ops::Atanh, ops::UnaryImpl<ops::Atanh, Meaning>>("Atanh", "ai.onnx", 9);
  return def;
}

}  // namespace tern

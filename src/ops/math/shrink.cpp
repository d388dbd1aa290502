#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/arithmetic.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "X moved towards zero, or 0 where it is small.";
  static constexpr TypeSet types = kNumeric;
  template <class T>
  static double apply(const ops::Shrink& op, T x) {
    const auto value = static_cast<double>(x);
    if (value < -op.lambd) return value + op.bias;
    return value > op.lambd ? value - op.bias : 0;
  }
  static Value slope(const ops::Shrink& op, GradContext& g) {
    return cast(greater(abs(g.input(0)), op.lambd), g.input(0).dtype());
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Shrink>() {
  static constexpr OpDef def =
      make_op<ops::Shrink, ops::UnaryImpl<ops::Shrink, Meaning>>("Shrink", "ai.onnx", 9);
  return def;
}

}  // namespace tern

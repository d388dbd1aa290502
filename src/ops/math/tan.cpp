#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "tan(X), X in radians.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Tan&, double x) { return std::tan(x); }
  static Value slope(const ops::Tan&, GradContext& g) {
    const Value y = g.output(0);
    return y * y + 1.0;
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Tan>() {
  static constexpr OpDef def =
      make_op<ops::Tan, ops::UnaryImpl<ops::Tan, Meaning>>("Tan", "ai.onnx", 7);
  return def;
}

}  // namespace tern

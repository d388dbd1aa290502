#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "1 / X.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Reciprocal&, double x) { return 1.0 / x; }
  static Value slope(const ops::Reciprocal&, GradContext& g) {
    const Value y = g.output(0);
    return -(y * y);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Reciprocal>() {
  static constexpr OpDef def = make_op<ops::Reciprocal, ops::UnaryImpl<ops::Reciprocal, Meaning>>(
      "Reciprocal", "ai.onnx", 6);
  return def;
}

}  // namespace tern

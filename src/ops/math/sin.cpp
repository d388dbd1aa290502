#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "sin(X), X in radians.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Sin&, double x) { return std::sin(x); }
  static Value slope(const ops::Sin&, GradContext& g) { return cos(g.input(0)); }
};

}  // namespace

template <>
const OpDef& def_of<ops::Sin>() {
  static constexpr OpDef def =
      make_op<ops::Sin, ops::UnaryImpl<ops::Sin, Meaning>>("Sin", "ai.onnx", 7);
  return def;
}

}  // namespace tern

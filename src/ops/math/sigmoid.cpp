#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "1 / (1 + exp(-X)).";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Sigmoid&, double x) { return 1.0 / (1.0 + std::exp(-x)); }
  static Value slope(const ops::Sigmoid&, GradContext& g) {
    const Value y = g.output(0);
    return y * (1.0 - y);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Sigmoid>() {
  static constexpr OpDef def =
      make_op<ops::Sigmoid, ops::UnaryImpl<ops::Sigmoid, Meaning>>("Sigmoid", "ai.onnx", 6);
  return def;
}

}  // namespace tern

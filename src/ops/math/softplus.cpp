#include <algorithm>
#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "ln(1 + exp(X)).";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Softplus&, double x) {
    // The larger term is taken out so that exp cannot overflow.
    return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
  }
  static Value slope(const ops::Softplus&, GradContext& g) { return sigmoid(g.input(0)); }
};

}  // namespace

template <>
const OpDef& def_of<ops::Softplus>() {
  static constexpr OpDef def =
      make_op<ops::Softplus, ops::UnaryImpl<ops::Softplus, Meaning>>("Softplus", "ai.onnx", 1);
  return def;
}

}  // namespace tern

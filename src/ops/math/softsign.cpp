#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "X / (1 + |X|).";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Softsign&, double x) { return x / (1.0 + std::abs(x)); }
  static Value slope(const ops::Softsign&, GradContext& g) {
    const Value d = abs(g.input(0)) + 1.0;
    return 1.0 / (d * d);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Softsign>() {
  static constexpr OpDef def =
      make_op<ops::Softsign, ops::UnaryImpl<ops::Softsign, Meaning>>("Softsign", "ai.onnx", 1);
  return def;
}

}  // namespace tern

#include <algorithm>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "X max(0, min(1, X / 6 + 1/2)).";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::HardSwish&, double x) {
    return x * std::clamp(x / 6.0 + 0.5, 0.0, 1.0);
  }
  static Value slope(const ops::HardSwish&, GradContext& g) {
    const Value x = g.input(0);
    const Value rising = where(less(x, 3.0), x * (1.0 / 3.0) + 0.5, 1.0);
    return where(greater(x, -3.0), rising, 0.0);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::HardSwish>() {
  static constexpr OpDef def =
      make_op<ops::HardSwish, ops::UnaryImpl<ops::HardSwish, Meaning>>("HardSwish", "ai.onnx", 14);
  return def;
}

}  // namespace tern

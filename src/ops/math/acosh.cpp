#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "The inverse of cosh.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Acosh&, double x) { return std::acosh(x); }
  static Value slope(const ops::Acosh&, GradContext& g) {
    const Value x = g.input(0);
    return 1.0 / sqrt(x * x - 1.0);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Acosh>() {
  static constexpr OpDef def =
      make_op<ops::Acosh, ops::UnaryImpl<ops::Acosh, Meaning>>("Acosh", "ai.onnx", 9);
  return def;
}

}  // namespace tern

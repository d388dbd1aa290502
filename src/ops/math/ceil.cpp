#include <cmath>

#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "The smallest integer not below X.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Ceil&, double x) { return std::ceil(x); }
  static void gradient(const ops::Ceil&, GradContext&) {}  // zero almost everywhere
};

}  // namespace

template <>
const OpDef& def_of<ops::Ceil>() {
  static constexpr OpDef def =
      make_op<ops::Ceil, ops::UnaryImpl<ops::Ceil, Meaning>>("Ceil", "ai.onnx", 6);
  return def;
}

}  // namespace tern

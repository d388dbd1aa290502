#include <cmath>

#include "ops/elementwise.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "The nearest integer, halves to even.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Round&, double x) { return std::nearbyint(x); }
  static void gradient(const ops::Round&, GradContext&) {}  // zero almost everywhere
};

}  // namespace

template <>
const OpDef& def_of<ops::Round>() {
  static constexpr OpDef def =
      make_op<ops::Round, ops::UnaryImpl<ops::Round, Meaning>>("Round", "ai.onnx", 11);
  return def;
}

}  // namespace tern

#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "The square root.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::Sqrt&, double x) { return std::sqrt(x); }
  static void gradient(const ops::Sqrt&, GradContext& g) {
    g.set(0, g.grad(0) * 0.5 / g.output(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Sqrt>() {
  static constexpr OpDef def =
      make_op<ops::Sqrt, ops::UnaryImpl<ops::Sqrt, Meaning>>("Sqrt", "ai.onnx", 6);
  return def;
}

}  // namespace tern

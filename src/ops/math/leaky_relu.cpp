#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "X for X >= 0, else alpha X.";
  static constexpr TypeSet types = kFloats;
  static double apply(const ops::LeakyRelu& op, double x) { return x >= 0 ? x : op.alpha * x; }
  static void gradient(const ops::LeakyRelu& op, GradContext& g) {
    const Value dy = g.grad(0);
    g.set(0, where(less(g.input(0), 0.0), dy * op.alpha, dy));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LeakyRelu>() {
  static constexpr OpDef def =
      make_op<ops::LeakyRelu, ops::UnaryImpl<ops::LeakyRelu, Meaning>>("LeakyRelu", "ai.onnx", 6);
  return def;
}

}  // namespace tern

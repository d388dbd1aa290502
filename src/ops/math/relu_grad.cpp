#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "dY where Y > 0, else 0.";
  static constexpr TypeSet types = kFloats;
  static double apply(double dy, double y) { return y > 0 ? dy : 0.0; }
  static void gradient(const ops::ReluGrad&, GradContext& g) {
    ops::set_broadcast_gradient(g, 0, g.builder().op(ops::ReluGrad{}, {g.grad(0), g.input(1)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ReluGrad>() {
  static constexpr OpDef def =
      make_op<ops::ReluGrad, ops::BinaryImpl<ops::ReluGrad, Meaning>>("ReluGrad", "tern", 1);
  return def;
}

}  // namespace tern

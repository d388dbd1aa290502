#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Plus {
  static constexpr TypeSet types = kFloats;
  static double apply(double a, double b) { return a + b; }
};

struct SumImpl {
  static constexpr std::string_view summary = "The sum of all inputs.";
  static constexpr auto inputs = ops::variadic_input(kFloats);
  static constexpr auto outputs = ops::unary_output(kFloats);

  static Status infer(const ops::Sum&, InferContext& c) { return ops::infer_variadic(c); }
  static void reference(const ops::Sum&, ReferenceContext& c) {
    ops::reference_variadic(c, ops::binary_functions<Plus>());
  }
  static void gradient(const ops::Sum&, GradContext& g) {
    for (std::size_t i = 0; i < g.inputs(); ++i) ops::set_broadcast_gradient(g, i, g.grad(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Sum>() {
  static constexpr OpDef def = make_op<ops::Sum, SumImpl>("Sum", "ai.onnx", 8);
  return def;
}

}  // namespace tern

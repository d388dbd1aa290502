#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct Plus {
  static constexpr TypeSet types = kFloats;
  static double apply(double a, double b) { return a + b; }
};

struct MeanImpl {
  static constexpr std::string_view summary = "The mean of all inputs.";
  static constexpr auto inputs = ops::variadic_input(kFloats);
  static constexpr auto outputs = ops::unary_output(kFloats);

  static Status infer(const ops::Mean&, InferContext& c) { return ops::infer_variadic(c); }
  static void reference(const ops::Mean&, ReferenceContext& c) {
    ops::reference_variadic(c, ops::binary_functions<Plus>(),
                            1.0 / static_cast<double>(c.inputs()));
  }
  static void gradient(const ops::Mean&, GradContext& g) {
    const Value share = g.grad(0) * (1.0 / static_cast<double>(g.inputs()));
    for (std::size_t i = 0; i < g.inputs(); ++i) ops::set_broadcast_gradient(g, i, share);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Mean>() {
  static constexpr OpDef def = make_op<ops::Mean, MeanImpl>("Mean", "ai.onnx", 8);
  return def;
}

}  // namespace tern

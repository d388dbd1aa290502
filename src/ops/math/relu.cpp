#include <cmath>

#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/math.h"

namespace tern {
namespace {

struct ReluImpl {
  static constexpr std::string_view summary = "max(X, 0); NaN stays NaN.";
  static constexpr auto inputs = ops::unary_input(kFloats | kSignedInts);
  static constexpr auto outputs = ops::unary_output(kFloats | kSignedInts);

  static Status infer(const ops::Relu&, InferContext& c) { return ops::infer_same(c); }
  static void reference(const ops::Relu&, ReferenceContext& c) {
    ops::reference_unary(c, [](double x) { return x > 0 || std::isnan(x) ? x : 0.0; });
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Relu>() {
  static constexpr OpDef def = make_op<ops::Relu, ReluImpl>("Relu", "ai.onnx", 14);
  return def;
}

}  // namespace tern

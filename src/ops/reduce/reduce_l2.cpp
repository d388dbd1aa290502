#include <cmath>

#include "ops/reduce/reduction.h"
#include "tern/functions.h"
#include "tern/ops/reduce.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "Root of the sum of squares over axes.";
  static constexpr TypeSet types = ops::kReducible;
  static constexpr bool in_double = true;
  template <class T>
  static T init(DType) {
    return 0;
  }
  static double step(double sum, double x) { return sum + x * x; }
  static double finish(double sum, std::int64_t) { return std::sqrt(sum); }
  static void gradient(const ops::ReduceL2& op, GradContext& g) {
    // The norm has no slope at zero; 0 is one of its subgradients there.
    const Value y = ops::with_kept_axes(g, g.output(0), op.keepdims, op.noop_with_empty_axes);
    const Value dy = ops::with_kept_axes(g, g.grad(0), op.keepdims, op.noop_with_empty_axes);
    g.set(0, g.input(0) * where(equal(y, 0.0), 0.0, dy / y));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ReduceL2>() {
  static constexpr OpDef def =
      make_op<ops::ReduceL2, ops::ReduceImpl<ops::ReduceL2, Meaning>>("ReduceL2", "ai.onnx", 18);
  return def;
}

}  // namespace tern

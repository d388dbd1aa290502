#include "ops/reduce/reduction.h"
#include "tern/functions.h"
#include "tern/ops/reduce.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "Sum of squares over axes.";
  static constexpr TypeSet types = ops::kReducible;
  template <class T>
  static T init(DType) {
    return 0;
  }
  template <class T>
  static T step(T sum, T x) {
    return ops::wrapping_add(sum, ops::wrapping_mul(x, x));
  }
  static void gradient(const ops::ReduceSumSquare& op, GradContext& g) {
    g.set(0, g.input(0) *
                 (ops::with_kept_axes(g, g.grad(0), op.keepdims, op.noop_with_empty_axes) * 2.0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ReduceSumSquare>() {
  static constexpr OpDef def =
      make_op<ops::ReduceSumSquare, ops::ReduceImpl<ops::ReduceSumSquare, Meaning>>(
          "ReduceSumSquare", "ai.onnx", 18);
  return def;
}

}  // namespace tern

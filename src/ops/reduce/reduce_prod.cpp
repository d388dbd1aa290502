#include "ops/reduce/reduction.h"
#include "tern/functions.h"
#include "tern/ops/reduce.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "Product over axes.";
  static constexpr TypeSet types = ops::kReducible;
  template <class T>
  static T init(DType) {
    return 1;
  }
  template <class T>
  static T step(T sum, T x) {
    return ops::wrapping_mul(sum, x);
  }
  static void gradient(const ops::ReduceProd& op, GradContext& g) {
    // y / x, where no factor is zero. The only zero of a product gets the product of the others,
    // every other element beside a zero gets nothing.
    const Value x = g.input(0);
    const Value y = ops::with_kept_axes(g, g.output(0), op.keepdims, op.noop_with_empty_axes);
    const Value zero = equal(x, 0.0);
    const Value nonzero = where(zero, 1.0, x);
    const Value zeros = sum_to_like(where(zero, g.builder().scalar_of(x.dtype(), 1.0), 0.0), y);
    const Value others = g.builder().op(
        ops::ReduceProd{.keepdims = true, .noop_with_empty_axes = op.noop_with_empty_axes},
        {nonzero, g.input(1)});
    const Value of_zero = where(equal(zeros, 1.0), others, 0.0);
    const Value of_others = where(equal(zeros, 0.0), others / nonzero, 0.0);
    g.set(0, ops::with_kept_axes(g, g.grad(0), op.keepdims, op.noop_with_empty_axes) *
                 where(zero, of_zero, of_others));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ReduceProd>() {
  static constexpr OpDef def = make_op<ops::ReduceProd, ops::ReduceImpl<ops::ReduceProd, Meaning>>(
      "ReduceProd", "ai.onnx", 18);
  return def;
}

}  // namespace tern

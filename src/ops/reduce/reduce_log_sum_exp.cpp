#include <cmath>

#include "ops/reduce/reduction.h"
#include "tern/functions.h"
#include "tern/ops/reduce.h"

namespace tern {
namespace {

struct ReduceLogSumExpImpl {
  static constexpr std::string_view summary = "Logarithm of the sum of exponentials over axes.";
  static constexpr auto inputs = ops::reduction_inputs(ops::kReducible);
  static constexpr auto outputs = ops::reduction_output(ops::kReducible);

  static Status infer(const ops::ReduceLogSumExp& op, InferContext& c) {
    return ops::infer_reduction(c, op.keepdims, op.noop_with_empty_axes);
  }

  static void reference(const ops::ReduceLogSumExp& op, ReferenceContext& c) {
    const ops::ReductionMap map(c, op.noop_with_empty_axes);
    const FloatReader x(c.in(0));
    // The largest term is taken out so that exp cannot overflow.
    std::vector<double> largest(map.outputs, -INFINITY);
    map.for_each([&](std::int64_t i, std::size_t to) {
      if (x[i] > largest[to] || std::isnan(x[i])) largest[to] = x[i];
    });
    std::vector<double> sums(map.outputs, 0.0);
    map.for_each([&](std::int64_t i, std::size_t to) {
      sums[to] += x[i] == largest[to] ? 1.0 : std::exp(x[i] - largest[to]);
    });
    const FloatWriter y(c.out(0));
    for (std::size_t i = 0; i < map.outputs; ++i) {
      // Of nothing, or of nothing but -infinity, it is log(0).
      y.set(static_cast<std::int64_t>(i),
            largest[i] == -INFINITY ? -INFINITY : largest[i] + std::log(sums[i]));
    }
  }

  static void gradient(const ops::ReduceLogSumExp& op, GradContext& g) {
    const bool noop = op.noop_with_empty_axes;
    const Value y = ops::with_kept_axes(g, g.output(0), op.keepdims, noop);
    const Value dy = ops::with_kept_axes(g, g.grad(0), op.keepdims, noop);
    g.set(0, exp(g.input(0) - y) * dy);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ReduceLogSumExp>() {
  static constexpr OpDef def =
      make_op<ops::ReduceLogSumExp, ReduceLogSumExpImpl>("ReduceLogSumExp", "ai.onnx", 18);
  return def;
}

}  // namespace tern

#include <cmath>

#include "ops/reduce/reduction.h"
#include "tern/functions.h"
#include "tern/ops/reduce.h"

namespace tern {
namespace {

struct Meaning {
  static constexpr std::string_view summary = "Logarithm of the sum over axes.";
  static constexpr TypeSet types = ops::kReducible;
  static constexpr bool in_double = true;
  template <class T>
  static T init(DType) {
    return 0;
  }
  static double step(double sum, double x) { return sum + x; }
  static double finish(double sum, std::int64_t) { return std::log(sum); }
  static void gradient(const ops::ReduceLogSum& op, GradContext& g) {
    // 1 / sum = exp(-y)
    const Value y = ops::with_kept_axes(g, g.output(0), op.keepdims, op.noop_with_empty_axes);
    const Value slope =
        ops::with_kept_axes(g, g.grad(0), op.keepdims, op.noop_with_empty_axes) * exp(-y);
    g.set(0, g.builder().op(ops::BroadcastToLike{}, {slope, g.input(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ReduceLogSum>() {
  static constexpr OpDef def =
      make_op<ops::ReduceLogSum, ops::ReduceImpl<ops::ReduceLogSum, Meaning>>("ReduceLogSum",
                                                                              "ai.onnx", 18);
  return def;
}

}  // namespace tern

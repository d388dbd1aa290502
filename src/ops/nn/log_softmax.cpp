#include <algorithm>
#include <cmath>
#include <limits>

#include "graph/op_def.h"
#include "ops/axes.h"
#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/nn.h"

namespace tern {
namespace {

struct LogSoftmaxImpl {
  static constexpr std::string_view summary = "log(exp(x) / sum(exp(x))) along `axis`.";
  static constexpr auto inputs = std::array{Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::LogSoftmax& op, InferContext& c) {
    if (Result<int> axis = normalize_axis(op.axis, c.in[0].rank()); !axis.ok())
      return axis.status();
    return ops::infer_same(c);
  }

  static void reference(const ops::LogSoftmax& op, ReferenceContext& c) {
    const Tensor& x = c.in(0);
    const FloatReader in(x);
    const FloatWriter out(c.out(0));
    const AxisSplit s = split_at(x.shape(), *normalize_axis(op.axis, x.rank()));
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        const auto at = [&](std::int64_t k) { return (o * s.size + k) * s.inner + i; };
        double largest = -std::numeric_limits<double>::infinity();
        for (std::int64_t k = 0; k < s.size; ++k) largest = std::max(largest, in[at(k)]);
        double sum = 0;
        for (std::int64_t k = 0; k < s.size; ++k) sum += std::exp(in[at(k)] - largest);
        const double log_sum = largest + std::log(sum);
        for (std::int64_t k = 0; k < s.size; ++k) out.set(at(k), in[at(k)] - log_sum);
      }
    }
  }

  static void gradient(const ops::LogSoftmax& op, GradContext& g) {
    const Value dy = g.grad(0);
    g.set(0, dy - softmax(g.input(0), op.axis) * reduce_sum(dy, {op.axis}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LogSoftmax>() {
  static constexpr OpDef def =
      make_op<ops::LogSoftmax, LogSoftmaxImpl>("LogSoftmax", "ai.onnx", 13);
  return def;
}

}  // namespace tern

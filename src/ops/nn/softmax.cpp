#include <algorithm>
#include <cmath>
#include <limits>

#include "graph/op_def.h"
#include "ops/axes.h"
#include "ops/elementwise.h"
#include "tern/ops/fused_grad.h"
#include "tern/ops/nn.h"

namespace tern {
namespace {

struct SoftmaxImpl {
  static constexpr std::string_view summary = "exp(x) / sum(exp(x)) along `axis`.";
  static constexpr auto inputs = std::array{Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::Softmax& op, InferContext& c) {
    if (Result<int> axis = normalize_axis(op.axis, c.in[0].rank()); !axis.ok())
      return axis.status();
    return ops::infer_same(c);
  }

  static void reference(const ops::Softmax& op, ReferenceContext& c) {
    const Tensor& x = c.in(0);
    const FloatReader in(x);
    const FloatWriter out(c.out(0));
    const int axis = static_cast<int>(op.axis < 0 ? op.axis + x.rank() : op.axis);
    const AxisSplit s = split_at(x.shape(), axis);
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        const auto at = [&](std::int64_t k) { return (o * s.size + k) * s.inner + i; };
        // The largest term is taken out so that exp cannot overflow.
        double largest = -std::numeric_limits<double>::infinity();
        for (std::int64_t k = 0; k < s.size; ++k) largest = std::max(largest, in[at(k)]);
        double sum = 0;
        for (std::int64_t k = 0; k < s.size; ++k) sum += std::exp(in[at(k)] - largest);
        for (std::int64_t k = 0; k < s.size; ++k) {
          out.set(at(k), std::exp(in[at(k)] - largest) / sum);
        }
      }
    }
  }

  static void gradient(const ops::Softmax& op, GradContext& g) {
    g.set(0, g.builder().op(ops::SoftmaxGrad{.axis = op.axis}, {g.grad(0), g.output(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Softmax>() {
  static constexpr OpDef def = make_op<ops::Softmax, SoftmaxImpl>("Softmax", "ai.onnx", 13);
  return def;
}

}  // namespace tern

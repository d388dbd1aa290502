#include "base/errors.h"
#include "ops/axes.h"
#include "ops/elementwise.h"
#include "tern/functions.h"
#include "tern/ops/fused_grad.h"

namespace tern {
namespace {

struct SoftmaxGradImpl {
  static constexpr std::string_view summary = "Gradient of Softmax.";
  static constexpr auto inputs = std::array{Port{"dY", kFloats}, Port{"Y", kFloats}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::SoftmaxGrad& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN([[maybe_unused]] const int axis, normalize_axis(op.axis, c.in[1].rank()));
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "Y", c.in[1]));
    c.out.push_back(c.in[1]);
    return {};
  }

  static void reference(const ops::SoftmaxGrad& op, ReferenceContext& c) {
    const tern::Shape& shape = c.in(1).shape();
    const int axis = static_cast<int>(op.axis < 0 ? op.axis + shape.rank() : op.axis);
    const AxisSplit s = split_at(shape, axis);
    const FloatReader dy(c.in(0)), y(c.in(1));
    const FloatWriter dx(c.out(0));
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        const auto at = [&](std::int64_t k) { return (o * s.size + k) * s.inner + i; };
        double sum = 0;
        for (std::int64_t k = 0; k < s.size; ++k) sum += dy[at(k)] * y[at(k)];
        for (std::int64_t k = 0; k < s.size; ++k) dx.set(at(k), y[at(k)] * (dy[at(k)] - sum));
      }
    }
  }

  // Linear in dY, where it is its own transpose.
  static void gradient(const ops::SoftmaxGrad& op, GradContext& g) {
    const Value d = g.grad(0), dy = g.input(0), y = g.input(1);
    if (g.wants(0)) g.set(0, g.builder().op(op, {d, y}));
    if (!g.wants(1)) return;
    g.set(1, d * (dy - reduce_sum(dy * y, {op.axis})) - dy * reduce_sum(d * y, {op.axis}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::SoftmaxGrad>() {
  static constexpr OpDef def = make_op<ops::SoftmaxGrad, SoftmaxGradImpl>("SoftmaxGrad", "tern", 1);
  return def;
}

}  // namespace tern

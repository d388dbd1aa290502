#include <cmath>

#include "base/errors.h"
#include "ops/grad.h"
#include "ops/nn/pooling.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

constexpr auto kLayout = ops::ImageLayout::kChannelsFirst;

struct LpPoolImpl {
  static constexpr std::string_view summary = "The p-norm of each window.";
  static constexpr auto inputs = std::array{Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::LpPool& op, InferContext& c) {
    if (op.p < 1) return invalid_argument("p {} is below 1", op.p);
    TERN_ASSIGN_OR_RETURN(
        TypeInfo y, ops::infer_pooling(ops::window_spec(op, op.kernel_shape), c.in[0], kLayout));
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const ops::LpPool& op, ReferenceContext& c) {
    const Result<ops::Pooling> pool =
        ops::Pooling::make(ops::window_spec(op, op.kernel_shape), c.in(0).shape(), kLayout);
    if (!pool.ok()) return c.fail(pool.status());
    const std::vector<double> x = read_f64(c.in(0));
    const FloatWriter y(c.out(0));
    pool->for_each_window([&](std::int64_t n, std::int64_t channel, std::int64_t window) {
      y.set(pool->y(n, channel, window),
            pool->norm(x, n, channel, window, static_cast<double>(op.p)));
    });
  }

  static void gradient(const ops::LpPool& op, GradContext& g) {
    g.set(0, g.builder().op(ops::with_window_of<ops::LpPoolGrad>(op), {g.grad(0), g.input(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LpPool>() {
  static constexpr OpDef def = make_op<ops::LpPool, LpPoolImpl>("LpPool", "ai.onnx", 18);
  return def;
}

}  // namespace tern

#include <cmath>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/nn/pooling.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

constexpr auto kLayout = ops::ImageLayout::kChannelsFirst;

struct LpPoolGradImpl {
  static constexpr std::string_view summary = "Gradient of LpPool.";
  static constexpr auto inputs = std::array{Port{"dY", kFloats}, Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::LpPoolGrad& op, InferContext& c) {
    if (op.p < 1) return invalid_argument("p {} is below 1", op.p);
    TERN_ASSIGN_OR_RETURN(
        const TypeInfo y,
        ops::infer_pooling(ops::window_spec(op, op.kernel_shape), c.in[1], kLayout));
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "Y", y));
    c.out.push_back(c.in[1]);
    return {};
  }

  // dy / dx = sign(x) (|x| / y)^(p - 1); a window of zeros has no slope.
  static void reference(const ops::LpPoolGrad& op, ReferenceContext& c) {
    const Result<ops::Pooling> pool =
        ops::Pooling::make(ops::window_spec(op, op.kernel_shape), c.in(1).shape(), kLayout);
    if (!pool.ok()) return c.fail(pool.status());
    const auto p = static_cast<double>(op.p);
    const FloatReader dy(c.in(0));
    const std::vector<double> x = read_f64(c.in(1));
    std::vector<double> dx(x.size());
    pool->for_each_window([&](std::int64_t n, std::int64_t channel, std::int64_t window) {
      const double norm = pool->norm(x, n, channel, window, p);
      for (std::int64_t t = 0; t < pool->grid.taps() && norm > 0; ++t) {
        const std::int64_t position = pool->grid.at(window, t);
        if (position < 0) continue;
        const auto i = static_cast<std::size_t>(pool->x(n, channel, position));
        dx[i] += dy[pool->y(n, channel, window)] *
                 std::copysign(std::pow(std::abs(x[i]) / norm, p - 1), x[i]);
      }
    });
    write_f64(dx, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::LpPoolGrad>() {
  static constexpr OpDef def = make_op<ops::LpPoolGrad, LpPoolGradImpl>("LpPoolGrad", "tern", 1);
  return def;
}

}  // namespace tern

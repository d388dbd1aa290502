#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/nn/pooling.h"
#include "tern/ops/fused_grad.h"

namespace tern {
namespace {

constexpr auto kLayout = ops::ImageLayout::kChannelsLast;

struct NhwcMaxPoolGradImpl {
  static constexpr std::string_view summary = "Gradient of NhwcMaxPool.";
  static constexpr auto inputs = std::array{Port{"dY", kFloats}, Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::NhwcMaxPoolGrad& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        const TypeInfo y,
        ops::infer_pooling(ops::window_spec(op, op.kernel_shape), c.in[1], kLayout));
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "Y", y));
    c.out.push_back(c.in[1]);
    return {};
  }

  static void reference(const ops::NhwcMaxPoolGrad& op, ReferenceContext& c) {
    const Result<ops::Pooling> pool =
        ops::Pooling::make(ops::window_spec(op, op.kernel_shape), c.in(1).shape(), kLayout);
    if (!pool.ok()) return c.fail(pool.status());
    const FloatReader dy(c.in(0));
    const std::vector<double> x = read_f64(c.in(1));
    std::vector<double> dx(x.size());
    pool->for_each_window([&](std::int64_t n, std::int64_t channel, std::int64_t window) {
      const std::int64_t position = pool->largest(x, n, channel, window);
      if (position < 0) return;
      dx[static_cast<std::size_t>(pool->x(n, channel, position))] +=
          dy[pool->y(n, channel, window)];
    });
    write_f64(dx, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::NhwcMaxPoolGrad>() {
  static constexpr OpDef def =
      make_op<ops::NhwcMaxPoolGrad, NhwcMaxPoolGradImpl>("NhwcMaxPoolGrad", "tern", 1);
  return def;
}

}  // namespace tern

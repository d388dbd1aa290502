#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/nn/pooling.h"
#include "tern/ops/fused_grad.h"

namespace tern {
namespace {

constexpr auto kLayout = ops::ImageLayout::kChannelsLast;

struct NhwcAveragePoolGradImpl {
  static constexpr std::string_view summary = "Gradient of NhwcAveragePool.";
  static constexpr auto inputs = std::array{
      Port{"dY", kFloats}, Port{"X", kFloats, PortKind::kRequired, 'L', /*shape_only=*/true}};
  static constexpr auto outputs = std::array{Port{"dX", kFloats}};

  static Status infer(const ops::NhwcAveragePoolGrad& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        const TypeInfo y,
        ops::infer_pooling(ops::window_spec(op, op.kernel_shape), c.in[1], kLayout));
    TERN_TRY(ops::check_same_shape("dY", c.in[0], "Y", y));
    c.out.emplace_back(c.in[0].dtype, c.in[1].shape);
    return {};
  }

  static void reference(const ops::NhwcAveragePoolGrad& op, ReferenceContext& c) {
    const Result<ops::Pooling> pool =
        ops::Pooling::make(ops::window_spec(op, op.kernel_shape), c.in(1).shape(), kLayout);
    if (!pool.ok()) return c.fail(pool.status());
    const FloatReader dy(c.in(0));
    std::vector<double> dx(static_cast<std::size_t>(c.out(0).elements()));
    pool->for_each_window([&](std::int64_t n, std::int64_t channel, std::int64_t window) {
      const double share = dy[pool->y(n, channel, window)] /
                           static_cast<double>(pool->divisor(window, op.count_include_pad));
      for (std::int64_t t = 0; t < pool->grid.taps(); ++t) {
        const std::int64_t position = pool->grid.at(window, t);
        if (position >= 0) dx[static_cast<std::size_t>(pool->x(n, channel, position))] += share;
      }
    });
    write_f64(dx, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::NhwcAveragePoolGrad>() {
  static constexpr OpDef def =
      make_op<ops::NhwcAveragePoolGrad, NhwcAveragePoolGradImpl>("NhwcAveragePoolGrad", "tern", 1);
  return def;
}

}  // namespace tern

#include "base/errors.h"
#include "ops/grad.h"
#include "ops/nn/pooling.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

constexpr auto kLayout = ops::ImageLayout::kChannelsFirst;

// `position`, row-major over `sizes`, counted with the first axis fastest instead.
std::int64_t column_major(std::int64_t position, std::span<const std::int64_t> sizes) {
  std::vector<std::int64_t> index(sizes.size());
  for (std::size_t i = sizes.size(); i-- > 0;) {
    index[i] = position % sizes[i];
    position /= sizes[i];
  }
  std::int64_t result = 0;
  for (std::size_t i = sizes.size(); i-- > 0;) result = result * sizes[i] + index[i];
  return result;
}

struct MaxPoolImpl {
  static constexpr std::string_view summary = "Largest value of each window, and where it stands.";
  static constexpr auto inputs = std::array{Port{"X", ops::kMaxPoolTypes}};
  static constexpr auto outputs = std::array{
      Port{"Y", ops::kMaxPoolTypes}, Port{"Indices", DType::kI64, PortKind::kOptional, 'I'}};

  static Status infer(const ops::MaxPool& op, InferContext& c) {
    if (op.storage_order != 0 && op.storage_order != 1) {
      return invalid_argument("storage_order {} is neither 0 nor 1", op.storage_order);
    }
    TERN_ASSIGN_OR_RETURN(
        TypeInfo y, ops::infer_pooling(ops::window_spec(op, op.kernel_shape), c.in[0], kLayout));
    TypeInfo indices(DType::kI64, y.shape);
    c.out.push_back(std::move(y));
    c.out.push_back(std::move(indices));
    return {};
  }

  static void reference(const ops::MaxPool& op, ReferenceContext& c) {
    const Result<ops::Pooling> pool =
        ops::Pooling::make(ops::window_spec(op, op.kernel_shape), c.in(0).shape(), kLayout);
    if (!pool.ok()) return c.fail(pool.status());
    if (c.wants(0)) ops::reference_max_pool(*pool, c);
    if (!c.wants(1)) return;
    const std::vector<double> in = read_f64(c.in(0));
    const IntWriter indices(c.out(1));
    pool->for_each_window([&](std::int64_t n, std::int64_t channel, std::int64_t window) {
      std::int64_t position = pool->largest(in, n, channel, window);
      if (position >= 0 && op.storage_order == 1) {
        position = column_major(position, pool->grid.input());
      }
      indices.set(pool->y(n, channel, window), position < 0 ? 0 : pool->x(n, channel, position));
    });
  }

  static void gradient(const ops::MaxPool& op, GradContext& g) {
    if (!g.grad(0).present()) return;
    g.set(0, g.builder().op(ops::with_window_of<ops::MaxPoolGrad>(op), {g.grad(0), g.input(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::MaxPool>() {
  static constexpr OpDef def = make_op<ops::MaxPool, MaxPoolImpl>("MaxPool", "ai.onnx", 12);
  return def;
}

}  // namespace tern

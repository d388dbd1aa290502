#include "base/errors.h"
#include "ops/grad.h"
#include "ops/nn/pooling.h"
#include "tern/ops/nn_grad.h"

namespace tern {
namespace {

constexpr auto kLayout = ops::ImageLayout::kChannelsFirst;

struct AveragePoolImpl {
  static constexpr std::string_view summary = "Mean of each window.";
  static constexpr auto inputs = std::array{Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::AveragePool& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        TypeInfo y, ops::infer_pooling(ops::window_spec(op, op.kernel_shape), c.in[0], kLayout));
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const ops::AveragePool& op, ReferenceContext& c) {
    const Result<ops::Pooling> pool =
        ops::Pooling::make(ops::window_spec(op, op.kernel_shape), c.in(0).shape(), kLayout);
    if (!pool.ok()) return c.fail(pool.status());
    ops::reference_average_pool(*pool, op.count_include_pad, c);
  }

  static void gradient(const ops::AveragePool& op, GradContext& g) {
    g.set(0,
          g.builder().op(ops::with_window_of<ops::AveragePoolGrad>(op), {g.grad(0), g.input(0)}));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::AveragePool>() {
  static constexpr OpDef def =
      make_op<ops::AveragePool, AveragePoolImpl>("AveragePool", "ai.onnx", 19);
  return def;
}

}  // namespace tern

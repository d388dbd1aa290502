#include "base/errors.h"
#include "ops/nn/pooling.h"
#include "tern/ops/fused.h"

namespace tern {
namespace {

constexpr auto kLayout = ops::ImageLayout::kChannelsLast;

struct NhwcAveragePoolImpl {
  static constexpr std::string_view summary = "AveragePool on channels-last images.";
  static constexpr auto inputs = std::array{Port{"X", kFloats}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::NhwcAveragePool& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        TypeInfo y, ops::infer_pooling(ops::window_spec(op, op.kernel_shape), c.in[0], kLayout));
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const ops::NhwcAveragePool& op, ReferenceContext& c) {
    const Result<ops::Pooling> pool =
        ops::Pooling::make(ops::window_spec(op, op.kernel_shape), c.in(0).shape(), kLayout);
    if (!pool.ok()) return c.fail(pool.status());
    ops::reference_average_pool(*pool, op.count_include_pad, c);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::NhwcAveragePool>() {
  static constexpr OpDef def =
      make_op<ops::NhwcAveragePool, NhwcAveragePoolImpl>("NhwcAveragePool", "tern", 1);
  return def;
}

}  // namespace tern

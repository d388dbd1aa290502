#include "base/errors.h"
#include "ops/nn/pooling.h"
#include "tern/ops/fused.h"

namespace tern {
namespace {

constexpr auto kLayout = ops::ImageLayout::kChannelsLast;

struct NhwcMaxPoolImpl {
  static constexpr std::string_view summary = "MaxPool on channels-last images.";
  static constexpr auto inputs = std::array{Port{"X", ops::kMaxPoolTypes}};
  static constexpr auto outputs = std::array{Port{"Y", ops::kMaxPoolTypes}};

  static Status infer(const ops::NhwcMaxPool& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        TypeInfo y, ops::infer_pooling(ops::window_spec(op, op.kernel_shape), c.in[0], kLayout));
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const ops::NhwcMaxPool& op, ReferenceContext& c) {
    const Result<ops::Pooling> pool =
        ops::Pooling::make(ops::window_spec(op, op.kernel_shape), c.in(0).shape(), kLayout);
    if (!pool.ok()) return c.fail(pool.status());
    ops::reference_max_pool(*pool, c);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::NhwcMaxPool>() {
  static constexpr OpDef def = make_op<ops::NhwcMaxPool, NhwcMaxPoolImpl>("NhwcMaxPool", "tern", 1);
  return def;
}

}  // namespace tern

#include "ops/quant/qlinear_convolution.h"
#include "tern/ops/fused_quant.h"

namespace tern {
namespace {

struct NhwcQLinearConvImpl {
  static constexpr std::string_view summary = "QLinearConv on channels-last images, limited.";
  static constexpr auto inputs = ops::kQLinearConvInputs;
  static constexpr auto outputs = std::array{Port{"y", ops::kBytes, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::NhwcQLinearConv& op, InferContext& c) {
    return ops::infer_qlinear_conv(ops::window_spec(op, op.kernel_shape), op.group,
                                   ops::ImageLayout::kChannelsLast, c);
  }
  static void reference(const ops::NhwcQLinearConv& op, ReferenceContext& c) {
    ops::reference_qlinear_conv(ops::window_spec(op, {}), op.group, ops::ImageLayout::kChannelsLast,
                                {op.lo, op.hi}, c);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::NhwcQLinearConv>() {
  static constexpr OpDef def =
      make_op<ops::NhwcQLinearConv, NhwcQLinearConvImpl>("NhwcQLinearConv", "tern", 1);
  return def;
}

}  // namespace tern

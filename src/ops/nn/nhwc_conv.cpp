#include "base/errors.h"
#include "ops/activation.h"
#include "ops/elementwise.h"
#include "ops/nn/convolution.h"
#include "tern/ops/fused.h"

namespace tern {
namespace {

constexpr auto kLayout = ops::ImageLayout::kChannelsLast;

struct NhwcConvImpl {
  static constexpr std::string_view summary =
      "activation(Conv(X, W, B) + Z) on channels-last images.";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats}, Port{"W", kFloats}, Port{"B", kFloats, PortKind::kOptional},
                 Port{"Z", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::NhwcConv& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        TypeInfo y, ops::infer_convolution(ops::window_spec(op, op.kernel_shape), op.group, c.in[0],
                                           c.in[1], c.has(2) ? c.in[2] : TypeInfo(), kLayout));
    if (c.has(3)) TERN_TRY(ops::check_same_shape("Z", c.in[3], "the output", y));
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const ops::NhwcConv& op, ReferenceContext& c) {
    const Result<ops::Convolution> conv = ops::Convolution::make(
        ops::window_spec(op, {}), op.group, c.in(0).shape(), c.in(1).shape(), kLayout);
    if (!conv.ok()) return c.fail(conv.status());
    const Tensor* bias = c.has(2) ? &c.in(2) : nullptr;
    std::vector<double> y = ops::reference_convolution(*conv, c.in(0), c.in(1), bias);
    ops::finish_fused(ops::activation_spec(op), c.has(3) ? &c.in(3) : nullptr, y);
    write_f64(y, c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::NhwcConv>() {
  static constexpr OpDef def = make_op<ops::NhwcConv, NhwcConvImpl>("NhwcConv", "tern", 1);
  return def;
}

}  // namespace tern

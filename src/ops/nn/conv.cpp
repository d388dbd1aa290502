#include "base/errors.h"
#include "ops/nn/convolution.h"
#include "tern/ops/nn.h"

namespace tern {
namespace {

constexpr auto kLayout = ops::ImageLayout::kChannelsFirst;

struct ConvImpl {
  static constexpr std::string_view summary = "Cross-correlation of X with W, plus bias.";
  static constexpr auto inputs =
      std::array{Port{"X", kFloats}, Port{"W", kFloats}, Port{"B", kFloats, PortKind::kOptional}};
  static constexpr auto outputs = std::array{Port{"Y", kFloats}};

  static Status infer(const ops::Conv& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        TypeInfo y, ops::infer_convolution(ops::window_spec(op, op.kernel_shape), op.group, c.in[0],
                                           c.in[1], c.has(2) ? c.in[2] : TypeInfo(), kLayout));
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const ops::Conv& op, ReferenceContext& c) {
    const Result<ops::Convolution> conv = ops::Convolution::make(
        ops::window_spec(op, {}), op.group, c.in(0).shape(), c.in(1).shape(), kLayout);
    if (!conv.ok()) return c.fail(conv.status());
    const Tensor* bias = c.has(2) ? &c.in(2) : nullptr;
    write_f64(ops::reference_convolution(*conv, c.in(0), c.in(1), bias), c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Conv>() {
  static constexpr OpDef def = make_op<ops::Conv, ConvImpl>("Conv", "ai.onnx", 11);
  return def;
}

}  // namespace tern

#include "base/errors.h"
#include "ops/grad.h"
#include "ops/nn/convolution.h"
#include "tern/functions.h"
#include "tern/ops/nn_grad.h"

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

  static void gradient(const ops::Conv& op, GradContext& g) {
    const Value x = g.input(0), w = g.input(1), dy = g.grad(0);
    if (g.wants(0)) {
      g.set(0, g.builder().op(ops::with_window_of<ops::ConvGradInput>(op), {dy, w, x}));
    }
    if (g.wants(1)) {
      g.set(1, g.builder().op(ops::with_window_of<ops::ConvGradWeight>(op), {dy, x, w}));
    }
    if (g.wants(2)) g.set(2, reduce_sum(dy, ops::all_but_channels(x.rank()), /*keepdims=*/false));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::Conv>() {
  static constexpr OpDef def = make_op<ops::Conv, ConvImpl>("Conv", "ai.onnx", 11);
  return def;
}

}  // namespace tern

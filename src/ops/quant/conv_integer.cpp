#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/quant/quantization.h"
#include "ops/quant/quantized_product.h"
#include "tern/ops/fused_quant.h"
#include "tern/ops/quant.h"

namespace tern {
namespace {

template <class Op, ops::ImageLayout kLayout>
struct ConvIntegerImpl {
  static constexpr std::string_view summary = kLayout == ops::ImageLayout::kChannelsFirst
                                                  ? "Convolution of bytes as i32."
                                                  : "ConvInteger on channels-last images.";
  static constexpr auto inputs =
      std::array{Port{"x", ops::kBytes, PortKind::kRequired, 'X'},
                 Port{"w", ops::kBytes, PortKind::kRequired, 'W'},
                 Port{"x_zero_point", ops::kBytes, PortKind::kOptional, 'X'},
                 Port{"w_zero_point", ops::kBytes, PortKind::kOptional, 'W'}};
  static constexpr auto outputs = std::array{Port{"y", DType::kI32}};

  static Status infer(const Op& op, InferContext& c) {
    TERN_ASSIGN_OR_RETURN(
        TypeInfo y, ops::infer_convolution(ops::window_spec(op, op.kernel_shape), op.group, c.in[0],
                                           c.in[1], TypeInfo(), kLayout));
    if (c.has(2)) TERN_TRY(ops::check_scalar("x_zero_point", c.in[2]));
    if (c.has(3)) TERN_TRY(ops::check_channel_scales("w_zero_point", c.in[1], c.in[3]));
    y.dtype = DType::kI32;
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const Op& op, ReferenceContext& c) {
    const Result<ops::Convolution> conv = ops::Convolution::make(
        ops::window_spec(op, {}), op.group, c.in(0).shape(), c.in(1).shape(), kLayout);
    if (!conv.ok()) return c.fail(conv.status());
    write_f64(ops::convolve_centered(*conv, c.in(0), c.has(2) ? &c.in(2) : nullptr, c.in(1),
                                     c.has(3) ? &c.in(3) : nullptr),
              c.out(0));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::ConvInteger>() {
  using Impl = ConvIntegerImpl<ops::ConvInteger, ops::ImageLayout::kChannelsFirst>;
  static constexpr OpDef def = make_op<ops::ConvInteger, Impl>("ConvInteger", "ai.onnx", 10);
  return def;
}

template <>
const OpDef& def_of<ops::NhwcConvInteger>() {
  using Impl = ConvIntegerImpl<ops::NhwcConvInteger, ops::ImageLayout::kChannelsLast>;
  static constexpr OpDef def = make_op<ops::NhwcConvInteger, Impl>("NhwcConvInteger", "tern", 1);
  return def;
}

}  // namespace tern

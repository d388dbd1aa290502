#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/quant/qlinear_convolution.h"
#include "ops/quant/quantized_product.h"
#include "tern/ops/quant.h"

namespace tern {
namespace ops {

Status infer_qlinear_conv(const WindowSpec& spec, std::int64_t group, ImageLayout layout,
                          InferContext& c) {
  const TypeInfo bias = c.has(8) ? c.in[8] : TypeInfo();
  TERN_ASSIGN_OR_RETURN(TypeInfo y, infer_convolution(spec, group, c.in[0], c.in[3], bias, layout));
  for (const std::size_t i : {1, 2, 6, 7}) {
    TERN_TRY(check_scalar(kQLinearConvInputs[i].name, c.in[i]));
  }
  for (const std::size_t i : {4, 5}) {
    TERN_TRY(check_channel_scales(kQLinearConvInputs[i].name, c.in[3], c.in[i]));
  }
  y.dtype = c.in[7].dtype;
  c.out.push_back(std::move(y));
  return {};
}

void reference_qlinear_conv(const WindowSpec& spec, std::int64_t group, ImageLayout layout,
                            const ByteLimits& limits, ReferenceContext& c) {
  const Result<Convolution> conv =
      Convolution::make(spec, group, c.in(0).shape(), c.in(3).shape(), layout);
  if (!conv.ok()) return c.fail(conv.status());
  const std::vector<double> sums = convolve_centered(*conv, c.in(0), &c.in(2), c.in(3), &c.in(5));
  const float x_scale = *c.in(1).data<float>();
  const auto w_scales = c.in(4).span<float>();
  const float y_scale = *c.in(6).data<float>();
  const double zero_point = FloatReader(c.in(7))[0];
  QuantizedWriter y(c.out(0));
  y.limit(limits.lo, limits.hi);
  const std::int64_t inner = layout == ImageLayout::kChannelsFirst ? conv->grid.windows() : 1;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    const std::int64_t channel = at / inner % conv->y.channels;
    const double bias = c.has(8) ? c.in(8).data<std::int32_t>()[channel] : 0;
    const float w_scale = w_scales[w_scales.size() == 1 ? 0 : static_cast<std::size_t>(channel)];
    // The factor is made in f32, as other runtimes make it; it decides about ties.
    const float factor = x_scale * w_scale / y_scale;
    y.set(at, static_cast<float>(sums[i] + bias) * factor, zero_point);
  }
}

}  // namespace ops

namespace {

struct QLinearConvImpl {
  static constexpr std::string_view summary = "Convolution of quantised numbers, quantised.";
  static constexpr auto inputs = ops::kQLinearConvInputs;
  static constexpr auto outputs = std::array{Port{"y", ops::kBytes, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::QLinearConv& op, InferContext& c) {
    return ops::infer_qlinear_conv(ops::window_spec(op, op.kernel_shape), op.group,
                                   ops::ImageLayout::kChannelsFirst, c);
  }
  static void reference(const ops::QLinearConv& op, ReferenceContext& c) {
    ops::reference_qlinear_conv(ops::window_spec(op, {}), op.group,
                                ops::ImageLayout::kChannelsFirst, {}, c);
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::QLinearConv>() {
  static constexpr OpDef def =
      make_op<ops::QLinearConv, QLinearConvImpl>("QLinearConv", "ai.onnx", 10);
  return def;
}

}  // namespace tern

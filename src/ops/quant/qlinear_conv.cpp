#include "base/errors.h"
#include "ops/elementwise.h"
#include "ops/quant/quantization.h"
#include "ops/quant/quantized_product.h"
#include "tern/ops/quant.h"

namespace tern {
namespace {

constexpr auto kLayout = ops::ImageLayout::kChannelsFirst;

struct QLinearConvImpl {
  static constexpr std::string_view summary = "Convolution of quantised numbers, quantised.";
  static constexpr auto inputs =
      std::array{Port{"x", ops::kBytes, PortKind::kRequired, 'X'},
                 Port{"x_scale", DType::kF32, PortKind::kRequired, 'S'},
                 Port{"x_zero_point", ops::kBytes, PortKind::kRequired, 'X'},
                 Port{"w", ops::kBytes, PortKind::kRequired, 'W'},
                 Port{"w_scale", DType::kF32, PortKind::kRequired, 'S'},
                 Port{"w_zero_point", ops::kBytes, PortKind::kRequired, 'W'},
                 Port{"y_scale", DType::kF32, PortKind::kRequired, 'S'},
                 Port{"y_zero_point", ops::kBytes, PortKind::kRequired, 'Y'},
                 Port{"B", DType::kI32, PortKind::kOptional, 'B'}};
  static constexpr auto outputs = std::array{Port{"y", ops::kBytes, PortKind::kRequired, 'Y'}};

  static Status infer(const ops::QLinearConv& op, InferContext& c) {
    const TypeInfo bias = c.has(8) ? c.in[8] : TypeInfo();
    TERN_ASSIGN_OR_RETURN(
        TypeInfo y, ops::infer_convolution(ops::window_spec(op, op.kernel_shape), op.group, c.in[0],
                                           c.in[3], bias, kLayout));
    for (const std::size_t i : {1, 2, 6, 7}) {
      TERN_TRY(ops::check_scalar(inputs[i].name, c.in[i]));
    }
    for (const std::size_t i : {4, 5}) {
      TERN_TRY(ops::check_channel_scales(inputs[i].name, c.in[3], c.in[i]));
    }
    y.dtype = c.in[7].dtype;
    c.out.push_back(std::move(y));
    return {};
  }

  static void reference(const ops::QLinearConv& op, ReferenceContext& c) {
    const Result<ops::Convolution> conv = ops::Convolution::make(
        ops::window_spec(op, {}), op.group, c.in(0).shape(), c.in(3).shape(), kLayout);
    if (!conv.ok()) return c.fail(conv.status());
    const std::vector<double> sums =
        ops::convolve_centered(*conv, c.in(0), &c.in(2), c.in(3), &c.in(5));
    const float x_scale = *c.in(1).data<float>();
    const auto w_scales = c.in(4).span<float>();
    const float y_scale = *c.in(6).data<float>();
    const double zero_point = FloatReader(c.in(7))[0];
    const ops::QuantizedWriter y(c.out(0));
    const std::int64_t windows = conv->grid.windows();
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      const std::int64_t channel = at / windows % conv->y.channels;
      const double bias = c.has(8) ? c.in(8).data<std::int32_t>()[channel] : 0;
      const float w_scale = w_scales[w_scales.size() == 1 ? 0 : static_cast<std::size_t>(channel)];
      // The factor is made in f32, as other runtimes make it; it decides about ties.
      const float factor = x_scale * w_scale / y_scale;
      y.set(at, static_cast<float>(sums[i] + bias) * factor, zero_point);
    }
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

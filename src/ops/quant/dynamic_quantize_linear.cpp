#include <algorithm>
#include <cmath>

#include "ops/quant/quantization.h"
#include "tern/ops/quant.h"

namespace tern {
namespace {

constexpr float kLargest = 255;

struct DynamicQuantizeLinearImpl {
  static constexpr std::string_view summary = "x as u8, with a scale that just covers it.";
  static constexpr auto inputs = std::array{Port{"x", DType::kF32}};
  static constexpr auto outputs =
      std::array{Port{"y", DType::kU8, PortKind::kRequired, 'Q'}, Port{"y_scale", DType::kF32},
                 Port{"y_zero_point", DType::kU8, PortKind::kRequired, 'Q'}};

  static Status infer(const ops::DynamicQuantizeLinear&, InferContext& c) {
    c.out.push_back(c.in[0]);
    c.out[0].dtype = DType::kU8;
    c.out.emplace_back(DType::kF32, std::vector<Dim>());
    c.out.emplace_back(DType::kU8, std::vector<Dim>());
    return {};
  }

  static void reference(const ops::DynamicQuantizeLinear&, ReferenceContext& c) {
    // In f32 throughout, as the operator's definition is: the scale decides about ties.
    const auto x = c.in(0).span<float>();
    float low = 0;
    float high = 0;
    for (const float value : x) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
    // Nothing but zeros: any scale will do.
    const float scale = high == low ? 1.0F : (high - low) / kLargest;
    const float zero_point = std::nearbyint(std::clamp(-low / scale, 0.0F, kLargest));
    if (c.wants(0)) {
      const ops::QuantizedWriter y(c.out(0));
      for (std::size_t i = 0; i < x.size(); ++i) {
        y.set(static_cast<std::int64_t>(i), x[i] / scale, zero_point);
      }
    }
    if (c.wants(1)) *c.out(1).mutable_data<float>() = scale;
    if (c.wants(2)) {
      *c.out(2).mutable_data<std::uint8_t>() = static_cast<std::uint8_t>(zero_point);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::DynamicQuantizeLinear>() {
  static constexpr OpDef def = make_op<ops::DynamicQuantizeLinear, DynamicQuantizeLinearImpl>(
      "DynamicQuantizeLinear", "ai.onnx", 11);
  return def;
}

}  // namespace tern

#include "base/errors.h"
#include "ops/quant/quantization.h"
#include "tern/ops/quant.h"

namespace tern {
namespace {

constexpr TypeSet kInputs = kFloats | DType::kI32;
constexpr TypeSet kScaleTypes = kFloats | DType::kI32 | DType::kF8E8M0;

// Rounds a number to a floating type.
class Rounding {
 public:
  explicit Rounding(DType dtype)
      : dtype_(dtype), load_(load_f64(dtype)), store_(store_f64(dtype)) {}
  double operator()(double value) const {
    if (dtype_ == DType::kF64) return value;
    std::uint64_t bits = 0;
    store_(&bits, 0, value);
    return load_(&bits, 0);
  }

 private:
  DType dtype_;
  LoadF64 load_;
  StoreF64 store_;
};

DType precision_of(const ops::QuantizeLinear& op, DType scale) {
  if (op.precision != DType::kUndefined) return op.precision;
  // A power of two or an integer says nothing of the precision wanted.
  return kFloats.contains(scale) ? scale : DType::kF32;
}

struct QuantizeLinearImpl {
  static constexpr std::string_view summary = "x / scale as a small type, with a zero point.";
  static constexpr auto inputs =
      std::array{Port{"x", kInputs}, Port{"y_scale", kScaleTypes, PortKind::kRequired, 'S'},
                 Port{"y_zero_point", ops::kQuantized, PortKind::kOptional, 'Q'}};
  static constexpr auto outputs = std::array{Port{"y", ops::kQuantized, PortKind::kRequired, 'Q'}};

  static Status infer(const ops::QuantizeLinear& op, InferContext& c) {
    const bool stated = op.output_dtype != DType::kUndefined;
    const DType dtype = c.has(2) ? c.in[2].dtype : stated ? op.output_dtype : DType::kU8;
    if (stated && op.output_dtype != dtype) {
      return invalid_argument("output_dtype is {}, the zero point is {}",
                              to_string(op.output_dtype), to_string(dtype));
    }
    if (!ops::kQuantized.contains(dtype)) {
      return invalid_argument("output_dtype is {}", to_string(dtype));
    }
    if (op.precision != DType::kUndefined && !kFloats.contains(op.precision)) {
      return invalid_argument("precision is {}", to_string(op.precision));
    }
    TERN_TRY(ops::check_scales(c.in[0], c.in[1], c.has(2) ? c.in[2] : TypeInfo(), op.axis,
                               op.block_size));
    c.out.push_back(c.in[0]);
    c.out[0].dtype = dtype;
    return {};
  }

  static void reference(const ops::QuantizeLinear& op, ReferenceContext& c) {
    const Tensor& x = c.in(0);
    const Tensor& scale = c.in(1);
    const ops::ScaleIndex index(x.shape(), scale.shape(), op.axis, op.block_size);
    const Rounding round(precision_of(op, scale.dtype()));
    const FloatReader values(x);
    const FloatReader scales(scale);
    std::optional<FloatReader> zero_points;
    if (c.has(2)) zero_points.emplace(c.in(2));
    const ops::QuantizedWriter y(c.out(0), op.saturate);
    for (std::int64_t i = 0, n = x.elements(); i < n; ++i) {
      const std::int64_t s = index(i);
      const double zero_point = zero_points ? (*zero_points)[s] : 0.0;
      y.set(i, round(round(values[i]) / round(scales[s])), zero_point);
    }
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::QuantizeLinear>() {
  static constexpr OpDef def =
      make_op<ops::QuantizeLinear, QuantizeLinearImpl>("QuantizeLinear", "ai.onnx", 13);
  return def;
}

}  // namespace tern

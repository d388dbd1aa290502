#include "base/errors.h"
#include "ops/axes.h"
#include "ops/grad.h"
#include "ops/quant/quantization.h"
#include "ops/tensor/dims.h"
#include "tern/functions.h"
#include "tern/ops/quant.h"

namespace tern {
namespace {

constexpr TypeSet kInputs = ops::kQuantized | DType::kI32;
constexpr TypeSet kScaleTypes = kFloats | DType::kF8E8M0;

// The sums of `x` over the elements that share a scale, in the shape of `scale`.
Value sum_per_scale(const ops::DequantizeLinear& op, Value x, Value scale) {
  GraphBuilder& b = *x.builder();
  const Result<int> axis = normalize_axis(op.axis, x.rank());
  if (op.block_size == 0) {
    const bool one = scale.rank() == 0 || same(scale.type().shape[0], Dim(1));
    if (one) return reshape(reduce_sum(x, {}, false), shape_of(scale));
    if (!axis.ok()) return b.fail(axis.status()), Value();
    std::vector<std::int64_t> others;
    for (int i = 0; i < x.rank(); ++i) {
      if (i != *axis) others.push_back(i);
    }
    return others.empty() ? x : reduce_sum(x, std::move(others), false);
  }
  if (!axis.ok()) return b.fail(axis.status()), Value();
  // [..., size, ...] is filled up to whole blocks and seen as [..., blocks, block_size, ...].
  const ops::Shape along{.end = *axis + 1, .start = *axis};
  const Value blocks = b.op(along, {scale});
  const Value missing =
      blocks * b.constant(Tensor::vector<std::int64_t>({op.block_size})) - b.op(along, {x});
  const Value pads = concat({ops::int_constant(b, {0}), missing}, 0);
  const Value full = b.op(ops::Pad{}, {x, pads, Value(), ops::int_constant(b, {*axis})});
  std::vector<Value> sizes;
  if (*axis > 0) sizes.push_back(b.op(ops::Shape{.end = *axis}, {x}));
  sizes.push_back(blocks);
  sizes.push_back(ops::int_constant(b, {op.block_size}));
  if (*axis + 1 < x.rank()) sizes.push_back(b.op(ops::Shape{.start = *axis + 1}, {x}));
  const Value apart = b.op(ops::Reshape{.allowzero = true}, {full, concat(sizes, 0)});
  return reduce_sum(apart, {*axis + 1}, false);
}

struct DequantizeLinearImpl {
  static constexpr std::string_view summary = "(x - zero point) * scale.";
  static constexpr auto inputs =
      std::array{Port{"x", kInputs, PortKind::kRequired, 'Q'},
                 Port{"x_scale", kScaleTypes, PortKind::kRequired, 'S'},
                 Port{"x_zero_point", kInputs, PortKind::kOptional, 'Q'}};
  static constexpr auto outputs = std::array{Port{"y", kFloats}};

  static Status infer(const ops::DequantizeLinear& op, InferContext& c) {
    const DType dtype = op.output_dtype == DType::kUndefined ? c.in[1].dtype : op.output_dtype;
    if (!kFloats.contains(dtype)) {
      return invalid_argument("output_dtype is {}, not one of {}", to_string(dtype),
                              kFloats.to_string());
    }
    TERN_TRY(ops::check_scales(c.in[0], c.in[1], c.has(2) ? c.in[2] : TypeInfo(), op.axis,
                               op.block_size));
    c.out.push_back(c.in[0]);
    c.out[0].dtype = dtype;
    return {};
  }

  static void reference(const ops::DequantizeLinear& op, ReferenceContext& c) {
    const Tensor& x = c.in(0);
    const ops::ScaleIndex index(x.shape(), c.in(1).shape(), op.axis, op.block_size);
    const FloatReader values(x);
    const FloatReader scales(c.in(1));
    std::optional<FloatReader> zero_points;
    if (c.has(2)) zero_points.emplace(c.in(2));
    const FloatWriter y(c.out(0));
    for (std::int64_t i = 0, n = x.elements(); i < n; ++i) {
      const std::int64_t s = index(i);
      const double zero_point = zero_points ? (*zero_points)[s] : 0.0;
      y.set(i, (values[i] - zero_point) * scales[s]);
    }
  }

  // x is of a type that carries no gradient; the scale gets the sums over what it scales.
  static void gradient(const ops::DequantizeLinear& op, GradContext& g) {
    const Value scale = g.input(1);
    if (!kFloats.contains(scale.dtype())) return;
    const Value one = g.builder().scalar_of(scale.dtype(), 1.0);
    ops::DequantizeLinear plain = op;
    plain.output_dtype = scale.dtype();
    const Value steps =
        g.builder().op(plain, {g.input(0), expand(one, shape_of(scale)), g.input(2)});
    g.set(1, sum_per_scale(op, cast(g.grad(0), scale.dtype()) * steps, scale));
  }
};

}  // namespace

template <>
const OpDef& def_of<ops::DequantizeLinear>() {
  static constexpr OpDef def =
      make_op<ops::DequantizeLinear, DequantizeLinearImpl>("DequantizeLinear", "ai.onnx", 13);
  return def;
}

}  // namespace tern

// com.microsoft: quantised numbers. Products stay whole numbers until they are scaled once;
// everything else is computed on the numbers that the small integers stand for, as these operators
// are defined.
#include "base/errors.h"
#include "import/onnx/microsoft_rules.h"
#include "ops/quant/packed_bits.h"
#include "tern/functions.h"
#include "tern/ops/quant.h"

namespace tern::onnx {
namespace {

/// One zero point as a scalar, several as they are.
Value zero_point(Value z) {
  const bool one =
      z.present() && z.type().has_rank && z.rank() == 1 && same(z.type().shape[0], Dim(1));
  return one ? scalar(z) : z;
}

/// An attribute that names an axis, counted from the front.
std::int64_t axis_of(Lowering& l, std::string_view name, std::int64_t fallback, int rank) {
  const std::int64_t axis = l.integer(name, fallback);
  if (axis < -rank || axis >= rank) l.fail(invalid_argument("{} {} for rank {}", name, axis, rank));
  return axis < 0 ? axis + rank : axis;
}

Value dequantize(Lowering& l, Value x, Value scale, Value zero) {
  return l.builder().op(ops::DequantizeLinear{},
                        {x, scalar(scale), zero.present() ? scalar(zero) : zero});
}

}  // namespace

Value dequantized(Lowering& l, std::size_t first) {
  return dequantize(l, l.input(first), l.input(first + 1), l.input(first + 2));
}

Value quantized(Lowering& l, Value y, std::size_t scale, DType dtype) {
  const Value zero = l.input(scale + 1);
  ops::QuantizeLinear attributes;
  if (!zero.present()) attributes.output_dtype = dtype;
  return l.builder().op(attributes,
                        {y, scalar(l.input(scale)), zero.present() ? scalar(zero) : zero});
}

Value scaled_product(Lowering& l, Value a, Value a_scale, Value a_zero_point, Value b,
                     Value b_scale, Value b_zero_point) {
  const Value sums = l.builder().op(ops::MatMulInteger{},
                                    {a, b, zero_point(a_zero_point), zero_point(b_zero_point)});
  return cast(sums, b_scale.dtype()) * (a_scale * b_scale);
}

void dequantize_linear(Lowering& l) {
  l.set(0, l.rest("DequantizeLinear", {l.input(0), l.input(1), l.input(2)}));
}

void quantize_linear(Lowering& l) {
  l.set(0, l.rest("QuantizeLinear", {l.input(0), l.input(1), l.input(2)}));
}

void dynamic_quantize_matmul(Lowering& l) {
  const std::vector<Value> a = l.builder().op_n(ops::DynamicQuantizeLinear{}, {l.input(0)}, 3);
  const Value y = scaled_product(l, a[0], a[1], a[2], l.input(1), l.input(2), l.input(3));
  l.set(0, l.has(4) ? y + l.input(4) : y);
}

void matmul_integer_to_float(Lowering& l) {
  const Value y =
      scaled_product(l, l.input(0), l.input(2), l.input(4), l.input(1), l.input(3), l.input(5));
  l.set(0, l.has(6) ? y + l.input(6) : y);
}

void matmul_bnb4(Lowering& l) {
  // The numbers that 4 bits stand for: with a sign, three bits of a float; or quantiles of the
  // normal distribution (arxiv.org/abs/2305.14314).
  static constexpr float kFloat4[] = {
      0,     0.0052083333F,  0.66666669F,  1,  0.33333334F,  0.5F,  0.16666667F,  0.25F,
      -0.0F, -0.0052083333F, -0.66666669F, -1, -0.33333334F, -0.5F, -0.16666667F, -0.25F};
  static constexpr float kNormal4[] = {-1,           -0.69619280F, -0.52507305F, -0.39491749F,
                                       -0.28444138F, -0.18477343F, -0.09105004F, 0,
                                       0.07958030F,  0.16093020F,  0.24611230F,  0.33791524F,
                                       0.44070983F,  0.56261700F,  0.72295684F,  1};
  GraphBuilder& b = l.builder();
  const std::int64_t k = l.integer("K"), n = l.integer("N"), block = l.integer("block_size");
  const std::int64_t type = l.integer("quant_type");
  const bool transposed = l.flag("transB", true);
  l.integer("training_mode");
  constexpr std::int64_t kMost = std::int64_t{1} << 28;
  if (k < 1 || n < 1 || block < 1 || k > kMost || n > kMost || block > kMost || type < 0 ||
      type > 1) {
    l.fail(invalid_argument("K {}, N {}, block_size {} and quant_type {} are no weights", k, n,
                            block, type));
    return;
  }
  const Value absmax = l.input(2);
  const Value table =
      b.constant(Tensor::vector<float>(type == 0 ? std::span<const float>(kFloat4) : kNormal4));
  // Unlike elsewhere, the high bits of a byte come first.
  const Value bytes = l.input(1);
  const Value low = b.op(ops::BitwiseAnd{}, {bytes, b.scalar_of(DType::kU8, 15)});
  const Value high = b.op(ops::BitShift{.direction = ops::ShiftDirection::kRight},
                          {bytes, b.scalar_of(DType::kU8, 4)});
  const Value codes = reshape(concat({unsqueeze(high, {1}), unsqueeze(low, {1})}, 1), {-1});
  const Value numbers = slice(gather(table, cast(codes, DType::kI32)), {0}, {n * k}, {0});
  const std::int64_t blocks = (n * k + block - 1) / block;
  const Value spread =
      expand(unsqueeze(absmax, {1}), b.constant(Tensor::vector<std::int64_t>({blocks, block})));
  const Value scales = slice(reshape(spread, {-1}), {0}, {n * k}, {0});
  const Value weights = reshape(cast(numbers, absmax.dtype()) * scales, {n, k});
  l.set(0, matmul(l.input(0), transposed ? transpose(weights, {1, 0}) : weights));
}

void matmul_integer16(Lowering& l) {
  const bool is_unsigned = l.input(0).dtype() == DType::kU16 && l.input(1).dtype() == DType::kU16;
  const DType wide = is_unsigned ? DType::kU32 : DType::kI32;
  l.set(0, matmul(cast(l.input(0), wide), cast(l.input(1), wide)));
}

void mul_integer(Lowering& l) {
  const auto centered = [&](std::size_t i) {
    const Value x = cast(l.input(i), DType::kI32);
    return l.has(i + 1) ? x - cast(l.input(i + 1), DType::kI32) : x;
  };
  l.set(0, centered(0) * centered(2));
}

void reduce_sum_integer(Lowering& l) {
  const Value x = l.input(0);
  std::vector<std::int64_t> axes = l.integers("axes");
  const bool keeps = l.flag("keepdims", true);
  const DType wide = x.dtype() == DType::kU8 ? DType::kU32 : DType::kI32;
  l.set(0, reduce_sum(cast(x, wide), std::move(axes), keeps));
}

void q_gemm(Lowering& l) {
  const float alpha = l.number("alpha", 1.0F);
  const Value a = l.flag("transA") ? transpose(l.input(0), {1, 0}) : l.input(0);
  const Value b = l.flag("transB") ? transpose(l.input(3), {1, 0}) : l.input(3);
  Value sums =
      l.builder().op(ops::MatMulInteger{}, {a, b, zero_point(l.input(2)), zero_point(l.input(5))});
  if (l.has(6)) sums = sums + l.input(6);
  Value scale = l.input(1) * l.input(4);
  if (alpha != 1.0F) scale = scale * double{alpha};
  const Value y = cast(sums, DType::kF32) * scale;
  l.set(0, l.has(7) ? quantized(l, y, 7, l.input(0).dtype()) : y);
}

void q_linear_add(Lowering& l) {
  l.set(0, quantized(l, dequantized(l, 0) + dequantized(l, 3), 6, l.input(0).dtype()));
}

void q_linear_mul(Lowering& l) {
  l.set(0, quantized(l, dequantized(l, 0) * dequantized(l, 3), 6, l.input(0).dtype()));
}

void q_linear_concat(Lowering& l) {
  if (l.inputs() % 3 != 2) {
    l.fail(invalid_argument("{} inputs are not a scale, a zero point and groups of three",
                            l.inputs()));
    return;
  }
  std::vector<Value> pieces;
  for (std::size_t i = 2; i < l.inputs(); i += 3) pieces.push_back(dequantized(l, i));
  l.set(0, quantized(l, concat(pieces, l.integer("axis")), 0, l.input(1).dtype()));
}

void q_linear_leaky_relu(Lowering& l) {
  const Value y =
      l.builder().op(ops::LeakyRelu{.alpha = l.number("alpha", 0.01F)}, {dequantized(l, 0)});
  l.set(0, quantized(l, y, 3, l.input(0).dtype()));
}

void q_linear_reduce_mean(Lowering& l) {
  std::vector<std::int64_t> axes = l.integers("axes");
  const bool keeps = l.flag("keepdims", true);
  const Value y = reduce_mean(dequantized(l, 0), std::move(axes), keeps);
  l.set(0, quantized(l, y, 3, l.input(0).dtype()));
}

void q_linear_sigmoid(Lowering& l) {
  l.set(0, quantized(l, sigmoid(dequantized(l, 0)), 3, l.input(0).dtype()));
}

void q_linear_softmax(Lowering& l) {
  // Up to opset 12 the axes from `axis` on were one.
  constexpr std::int64_t kOneAxis = 13;
  const std::int64_t axis = l.integer("axis", -1);
  const Value x = dequantized(l, 0);
  const Value y =
      l.integer("opset", kOneAxis) < kOneAxis ? softmax_from(l, x, axis) : softmax(x, axis);
  l.set(0, quantized(l, y, 3, l.input(0).dtype()));
}

void q_linear_where(Lowering& l) {
  const Value y = where(l.input(0), dequantized(l, 1), dequantized(l, 4));
  l.set(0, quantized(l, y, 7, l.input(1).dtype()));
}

void gather_block_quantized(Lowering& l) {
  const Value data = l.input(0);
  const Value ids = l.input(1);
  const std::int64_t bits = l.integer("bits", 4);
  const std::int64_t block_size = l.integer("block_size", 128);
  const bool packed = data.dtype() == DType::kU8;
  const int rank = l.rank(data);
  const std::int64_t from = axis_of(l, "gather_axis", 0, rank);
  const std::int64_t scaled = axis_of(l, "quantize_axis", 1, rank);
  if (!l.builder().status().ok()) return;
  if (scaled == from || (packed && (from != 0 || scaled != rank - 1))) {
    l.fail(
        invalid_argument("rows along axis {} in blocks along axis {} of {}", from, scaled, rank));
    return;
  }
  if (bits != 2 && bits != 4 && bits != 8) {
    l.fail(unimplemented("numbers of {} bits are not supported, 2, 4 and 8 are", bits));
    return;
  }
  Value q = gather(data, ids, from);
  Value zero = l.has(3) ? gather(l.input(3), ids, from) : Value();
  const Value scales = gather(l.input(2), ids, from);
  if (packed) {
    q = ops::unpacked_bits(q, bits);
    if (zero.present()) {
      const Value first = l.builder().constant(Tensor::vector<std::int64_t>({0}));
      zero = slice(ops::unpacked_bits(zero, bits), first, size_at(l, scales, -1), {-1});
    } else {
      const double middle = static_cast<double>(1 << (bits - 1));
      zero = expand(l.builder().scalar_of(DType::kU8, middle), shape_of(scales));
    }
  }
  // The axes of the indices stand where the rows were.
  const std::int64_t axis = scaled < from ? scaled : scaled + l.rank(ids) - 1;
  l.set(0, l.builder().op(ops::DequantizeLinear{.axis = axis, .block_size = block_size},
                          {q, scales, zero}));
}

}  // namespace tern::onnx

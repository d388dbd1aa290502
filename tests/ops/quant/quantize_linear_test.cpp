#include <limits>

#include "tern/ops/quant.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor i8(const Shape& shape, const std::vector<std::int64_t>& values) {
  return ints(DType::kI8, shape, values);
}
Tensor u8(const Shape& shape, const std::vector<std::int64_t>& values) {
  return ints(DType::kU8, shape, values);
}

// From the bits: what makes tensors of numbers saturates.
Tensor f8e5m2_bits(const std::vector<std::uint8_t>& bits) {
  Tensor t = *Tensor::zeros(DType::kF8E5M2, {static_cast<std::int64_t>(bits.size())});
  std::copy(bits.begin(), bits.end(), static_cast<std::uint8_t*>(t.mutable_raw()));
  return t;
}

}  // namespace

TERN_OP_TEST(QuantizeLinear) {
  return {
      {.name = "u8 by default, ties to even, limits",
       .op = ops::QuantizeLinear{},
       .inputs = {f32({7}, {0, 1, 3, 5, -4, 600, -kInf}), f32({}, {2})},
       .expected = {u8({7}, {0, 0, 2, 2, 0, 255, 0})},
       .other_dtypes = false},
      {.name = "rounded before the zero point is added",
       .op = ops::QuantizeLinear{},
       .inputs = {f32({4}, {1, 3, 5, -1000}), f32({1}, {2}), i8({1}, {1})},
       .expected = {i8({4}, {1, 3, 3, -128})}},
      {.name = "a scale per row",
       .op = ops::QuantizeLinear{.axis = 0},
       .inputs = {f32({2, 2}, {2, 4, 6, 8}), f32({2}, {1, 2}), u8({2}, {10, 20})},
       .expected = {u8({2, 2}, {12, 14, 23, 24})}},
      {.name = "a scale per block, the last one shorter",
       .op = ops::QuantizeLinear{.axis = -1, .block_size = 2},
       .inputs = {f32({1, 5}, {2, 4, 6, 8, 10}), f32({1, 3}, {1, 2, 5}), i8({1, 3}, {0, -1, 1})},
       .expected = {i8({1, 5}, {2, 4, 2, 3, 3})}},
      {.name = "two bits",
       .op = ops::QuantizeLinear{.output_dtype = DType::kI2},
       .inputs = {f32({4}, {-5, -1, 0.4, 7}), f32({}, {1})},
       .expected = {ints(DType::kI2, {4}, {-2, -1, 0, 1})}},
      {.name = "four bits with a zero point",
       .op = ops::QuantizeLinear{},
       .inputs = {f32({3}, {-9, 1, 90}), f32({}, {1}), ints(DType::kU4, {}, {8})},
       .expected = {ints(DType::kU4, {3}, {0, 9, 15})}},
      {.name = "sixteen bits",
       .op = ops::QuantizeLinear{.output_dtype = DType::kU16},
       .inputs = {f32({2}, {1000, 1e6}), f32({}, {0.5})},
       .expected = {ints(DType::kU16, {2}, {2000, 65535})}},
      {.name = "f8e4m3fn saturates",
       .op = ops::QuantizeLinear{.output_dtype = DType::kF8E4M3FN},
       .inputs = {f32({4}, {0, 1, 2, 100000}), f32({}, {2})},
       .expected = {of(DType::kF8E4M3FN, {4}, {0, 0.5, 1, 448})},
       .other_dtypes = false},
      {.name = "f8e5m2 without saturation",
       .op = ops::QuantizeLinear{.output_dtype = DType::kF8E5M2, .saturate = false},
       .inputs = {f32({2}, {-1, 1e6}), f32({}, {2})},
       .expected = {f8e5m2_bits({0xb8, 0x7c})},  // -0.5 and infinity
       .other_dtypes = false},
      {.name = "f4",
       .op = ops::QuantizeLinear{.output_dtype = DType::kF4E2M1},
       .inputs = {f32({3}, {2.4, -100, 10}), f32({}, {2})},
       .expected = {of(DType::kF4E2M1, {3}, {1, -6, 4})},
       .other_dtypes = false},
      // f16 has no 2049.
      {.name = "the quotient has the scale's precision",
       .op = ops::QuantizeLinear{.output_dtype = DType::kI16},
       .inputs = {f32({1}, {2049}), of(DType::kF16, {}, {1})},
       .expected = {ints(DType::kI16, {1}, {2048})},
       .other_dtypes = false},
      {.name = "the quotient has the precision asked for",
       .op = ops::QuantizeLinear{.output_dtype = DType::kI16, .precision = DType::kF32},
       .inputs = {f32({1}, {2049}), of(DType::kF16, {}, {1})},
       .expected = {ints(DType::kI16, {1}, {2049})},
       .other_dtypes = false},
      {.name = "integers",
       .op = ops::QuantizeLinear{},
       .inputs = {i32({3}, {7, -7, 500}), f32({}, {2}), i8({}, {0})},
       .expected = {i8({3}, {4, -4, 127})}},
  };
}

TEST(QuantizeLinear, RefusesScalesThatDoNotFit) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  expect_refused(ops::QuantizeLinear{}, {x, f32({2}, {1, 2})},
                 "the scale has 2 entries, axis 1 has 3");
  expect_refused(ops::QuantizeLinear{}, {x, f32({3}, {1, 1, 1}), u8({}, {0})},
                 "the zero point has rank 0, the scale has 1");
  expect_refused(ops::QuantizeLinear{.block_size = 2}, {x, f32({2, 1}, {1, 1})},
                 "the scale has 1 entries on axis 1, blocks of 2 need 2");
  expect_refused(ops::QuantizeLinear{.block_size = -1}, {x, f32({}, {1})}, "block_size is -1");
  expect_refused(ops::QuantizeLinear{.output_dtype = DType::kI8}, {x, f32({}, {1}), u8({}, {0})},
                 "output_dtype is i8, the zero point is u8");
  expect_refused(ops::QuantizeLinear{.output_dtype = DType::kF32}, {x, f32({}, {1})},
                 "output_dtype is f32");
  expect_refused(ops::QuantizeLinear{.precision = DType::kI8}, {x, f32({}, {1})},
                 "precision is i8");
}

TERN_OP_TEST(DequantizeLinear) {
  return {
      {.name = "one scale and zero point",
       .op = ops::DequantizeLinear{},
       .inputs = {u8({4}, {0, 3, 128, 255}), f32({}, {2}), u8({}, {128})},
       .expected = {f32({4}, {-256, -250, 0, 254})}},
      {.name = "one scale as a vector",
       .op = ops::DequantizeLinear{},
       .inputs = {i8({3}, {-1, 0, 2}), f32({1}, {0.5})},
       .expected = {f32({3}, {-0.5, 0, 1})},
       .gradient = false},  // the axis, 1, is none of a vector's
      {.name = "a scale per channel",
       .op = ops::DequantizeLinear{},
       .inputs = {i8({1, 2, 2}, {1, 2, 3, 4}), f32({2}, {2, 3}), i8({2}, {0, 1})},
       .expected = {f32({1, 2, 2}, {2, 4, 6, 9})}},
      {.name = "a scale per block, the last one shorter",
       .op = ops::DequantizeLinear{.axis = 0, .block_size = 2},
       .inputs = {ints(DType::kI4, {3, 2}, {1, 2, 3, -4, -5, 6}), f32({2, 2}, {1, 2, 3, 4}),
                  ints(DType::kI4, {2, 2}, {0, 1, 0, -1})},
       .expected = {f32({3, 2}, {1, 2, 3, -10, -15, 28})}},
      {.name = "f8 to another type than the scale's",
       .op = ops::DequantizeLinear{.output_dtype = DType::kF64},
       .inputs = {of(DType::kF8E5M2, {2}, {0.5, -49152}), of(DType::kF16, {}, {2})},
       .expected = {f64({2}, {1, -98304})},
       .gradient = false,
       .other_dtypes = false},
      {.name = "i32",
       .op = ops::DequantizeLinear{},
       .inputs = {i32({2}, {100000, -1}), f32({}, {0.25})},
       .expected = {f32({2}, {25000, -0.25})}},
  };
}

TEST(DequantizeLinear, RefusesAnOutputThatIsNoFloat) {
  expect_refused(ops::DequantizeLinear{.output_dtype = DType::kI32}, {i8({1}, {1}), f32({}, {1})},
                 "output_dtype is i32");
  expect_refused(ops::DequantizeLinear{}, {i8({1}, {1}), of(DType::kF8E8M0, {}, {1})},
                 "output_dtype is f8e8m0");
}

TERN_OP_TEST(DynamicQuantizeLinear) {
  return {
      // onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html
      {.name = "values on both sides of zero",
       .op = ops::DynamicQuantizeLinear{},
       .inputs = {f32({6}, {0, 2, -3, -2.5, 1.34, 0.5})},
       .expected = {u8({6}, {153, 255, 0, 26, 221, 179}), f32({}, {0.0196078438}), u8({}, {153})}},
      {.name = "the range is stretched to zero",
       .op = ops::DynamicQuantizeLinear{},
       .inputs = {f32({2, 2}, {1, 2.1, 1.3, 2.5})},
       .expected = {u8({2, 2}, {102, 214, 133, 255}), f32({}, {0.00980392192}), u8({}, {0})}},
      {.name = "zeros",
       .op = ops::DynamicQuantizeLinear{},
       .inputs = {f32({2}, {0, 0})},
       .expected = {u8({2}, {0, 0}), f32({}, {1}), u8({}, {0})}},
      {.name = "nothing",
       .op = ops::DynamicQuantizeLinear{},
       .inputs = {f32({0}, {})},
       .expected = {u8({0}, {}), f32({}, {1}), u8({}, {0})}},
  };
}

}  // namespace tern::testing

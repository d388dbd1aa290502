#include "tern/ops/fused_quant.h"
#include "tern/ops/quant.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

Tensor i8(const Shape& shape, const std::vector<std::int64_t>& values) {
  return ints(DType::kI8, shape, values);
}
Tensor u8(const Shape& shape, const std::vector<std::int64_t>& values) {
  return ints(DType::kU8, shape, values);
}

}  // namespace

TERN_OP_TEST(MatMulInteger) {
  return {
      // (onnx.ai/onnx/operators/onnx__MatMulInteger.html)
      {.name = "a zero point",
       .op = ops::MatMulInteger{},
       .inputs = {u8({4, 3}, {11, 7, 3, 10, 6, 2, 9, 5, 1, 8, 4, 0}),
                  u8({3, 2}, {1, 4, 2, 5, 3, 6}), u8({1}, {12}), u8({1}, {0})},
       .expected = {i32({4, 2}, {-38, -83, -44, -98, -50, -113, -56, -128})}},
      {.name = "zero points per row and per column",
       .op = ops::MatMulInteger{},
       .inputs = {i8({2, 2}, {1, 2, 3, 4}), i8({2, 2}, {5, 6, 7, 8}), i8({2}, {1, 2}),
                  i8({2}, {5, 6})},
       // [0 1; 1 2] [0 0; 2 2]
       .expected = {i32({2, 2}, {2, 2, 4, 4})}},
      {.name = "a stack, zero points per row of each matrix",
       .op = ops::MatMulInteger{},
       .inputs = {u8({2, 1, 2}, {1, 2, 3, 4}), i8({2, 1}, {1, -1}), u8({2, 1, 1}, {1, 2})},
       .expected = {i32({2, 1, 1}, {-1, -1})}},
      {.name = "vectors",
       .op = ops::MatMulInteger{},
       .inputs = {u8({2}, {255, 255}), u8({2}, {255, 255})},
       .expected = {i32({}, {130050})}},
  };
}

TEST(MatMulInteger, RefusesZeroPointsThatDoNotFit) {
  const Tensor a = u8({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor b = u8({3, 1}, {1, 2, 3});
  expect_refused(ops::MatMulInteger{}, {a, b, u8({3}, {0, 0, 0})},
                 "a_zero_point does not fit its matrix on axis 0");
  expect_refused(ops::MatMulInteger{}, {a, a}, "A has 3 columns and B has 2 rows");
}

TERN_OP_TEST(QLinearMatMul) {
  return {
      // 0.5 [0 2; 4 6] times 2 [1; -1] is [-2; -2]: in steps of 4 from 10 -0.5, which ties to 0.
      {.name = "ties go to even",
       .op = ops::QLinearMatMul{},
       .inputs = {u8({2, 2}, {1, 3, 5, 7}), f32({}, {0.5}), u8({}, {1}), i8({2, 1}, {1, -1}),
                  f32({}, {2}), i8({}, {0}), f32({}, {4}), u8({}, {10})},
       .expected = {u8({2, 1}, {10, 10})}},
      {.name = "per row and per column",
       .op = ops::QLinearMatMul{},
       // [1 2; 6 8] [1 20; 2 40] = [5 100; 22 440], in steps of [1; 2] from [0; 1].
       .inputs = {i8({2, 2}, {1, 2, 3, 4}), f32({2}, {1, 2}), i8({2}, {0, 0}),
                  i8({2, 2}, {1, 2, 2, 4}), f32({2}, {1, 10}), i8({2}, {0, 0}), f32({2}, {1, 2}),
                  i8({2}, {0, 1})},
       .expected = {i8({2, 2}, {5, 100, 12, 127})}},
      {.name = "scales in f16",
       .op = ops::QLinearMatMul{},
       .inputs = {u8({1, 1}, {100}), of(DType::kF16, {1}, {0.5}), u8({1}, {0}), u8({1, 1}, {3}),
                  of(DType::kF16, {1}, {1}), u8({1}, {0}), of(DType::kF16, {1}, {1}), u8({1}, {7})},
       .expected = {u8({1, 1}, {157})},
       .other_dtypes = false},
  };
}

TERN_OP_TEST(ConvInteger) {
  const Tensor x = u8({1, 1, 3, 3}, {2, 3, 4, 5, 6, 7, 8, 9, 10});
  const Tensor ones = u8({1, 1, 2, 2}, {1, 1, 1, 1});
  return {
      // (onnx.ai/onnx/operators/onnx__ConvInteger.html)
      {.name = "without pads",
       .op = ops::ConvInteger{},
       .inputs = {x, ones, u8({}, {1})},
       .expected = {i32({1, 1, 2, 2}, {12, 16, 24, 28})}},
      {.name = "pads count as zero",
       .op = ops::ConvInteger{.pads = {1, 1, 1, 1}},
       .inputs = {x, ones, u8({}, {1})},
       .expected = {i32({1, 1, 4, 4}, {1, 3, 5, 3, 5, 12, 16, 9, 11, 24, 28, 15, 7, 15, 17, 9})}},
      {.name = "a zero point per output channel",
       .op = ops::ConvInteger{},
       .inputs = {u8({1, 1, 2}, {3, 5}), i8({2, 1, 2}, {1, 2, 3, 4}), {}, i8({2}, {1, 3})},
       .expected = {i32({1, 2, 1}, {5, 5})}},
  };
}

TEST(ConvInteger, RefusesZeroPointsThatDoNotFit) {
  const Tensor x = u8({1, 1, 2}, {3, 5});
  const Tensor w = u8({2, 1, 2}, {1, 2, 3, 4});
  expect_refused(ops::ConvInteger{}, {x, w, {}, u8({3}, {0, 0, 0})},
                 "w_zero_point has 3 entries for 2 output channels");
  expect_refused(ops::ConvInteger{}, {x, w, u8({2}, {0, 0})},
                 "x_zero_point has 2 entries, not one");
}

TERN_OP_TEST(QLinearConv) {
  return {
      // (10 - 4) 0.5 = 3 times (3 - 1) 0.25 = 0.5 gives 1.5, and with bias 20 in steps of 0.125 4:
      // 16 steps of 0.25 from 100.
      {.name = "a bias",
       .op = ops::QLinearConv{},
       .inputs = {u8({1, 1, 1}, {10}), f32({}, {0.5}), u8({}, {4}), i8({1, 1, 1}, {3}),
                  f32({}, {0.25}), i8({}, {1}), f32({}, {0.25}), u8({}, {100}), i32({1}, {20})},
       .expected = {u8({1, 1, 1}, {116})}},
      {.name = "scales per output channel, saturation",
       .op = ops::QLinearConv{.pads = {1, 0}},
       .inputs = {i8({1, 1, 2}, {100, -100}), f32({}, {1}), i8({}, {0}),
                  i8({2, 1, 2}, {1, 1, 1, 1}), f32({2}, {1, 2}), i8({2}, {0, 0}), f32({}, {1}),
                  i8({}, {0})},
       .expected = {i8({1, 2, 2}, {100, 0, 127, 0})}},
  };
}

TERN_OP_TEST(NhwcConvInteger) {
  return {
      // ConvInteger's example with the channel last.
      {.name = "pads count as zero",
       .op = ops::NhwcConvInteger{.pads = {1, 1, 1, 1}},
       .inputs = {u8({1, 3, 3, 1}, {2, 3, 4, 5, 6, 7, 8, 9, 10}), u8({1, 1, 2, 2}, {1, 1, 1, 1}),
                  u8({}, {1})},
       .expected = {i32({1, 4, 4, 1}, {1, 3, 5, 3, 5, 12, 16, 9, 11, 24, 28, 15, 7, 15, 17, 9})}},
      {.name = "a zero point per output channel",
       .op = ops::NhwcConvInteger{},
       .inputs = {u8({1, 1, 2, 1}, {3, 5}), i8({2, 1, 1, 2}, {1, 2, 3, 4}), {}, i8({2}, {1, 3})},
       .expected = {i32({1, 1, 1, 2}, {5, 5})}},
  };
}

TERN_OP_TEST(NhwcQLinearConv) {
  return {
      // As QLinearConv's, with the channels last.
      {.name = "a bias",
       .op = ops::NhwcQLinearConv{},
       .inputs = {u8({1, 1, 1}, {10}), f32({}, {0.5}), u8({}, {4}), i8({1, 1, 1}, {3}),
                  f32({}, {0.25}), i8({}, {1}), f32({}, {0.25}), u8({}, {100}), i32({1}, {20})},
       .expected = {u8({1, 1, 1}, {116})}},
      {.name = "scales per output channel, saturation",
       .op = ops::NhwcQLinearConv{.pads = {1, 0}},
       .inputs = {i8({1, 2, 1}, {100, -100}), f32({}, {1}), i8({}, {0}),
                  i8({2, 1, 2}, {1, 1, 1, 1}), f32({2}, {1, 2}), i8({2}, {0, 0}), f32({}, {1}),
                  i8({}, {0})},
       .expected = {i8({1, 2, 2}, {100, 127, 0, 0})}},
      // Padding counts as the zero point: 0.5 (8 - 4) = 2 under each of nine ones, four pixels.
      {.name = "a window of four pixels, limits",
       .op = ops::NhwcQLinearConv{.hi = 40, .lo = 33, .pads = {1, 1, 1, 1}},
       .inputs = {u8({1, 2, 2, 1}, {8, 8, 8, 4}), f32({}, {0.5}), u8({}, {4}),
                  i8({2, 1, 3, 3}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2}),
                  f32({}, {1}), i8({}, {0}), f32({}, {1}), u8({}, {30})},
       .expected = {u8({1, 2, 2, 2}, {36, 40, 36, 40, 36, 40, 36, 40})}},
  };
}

TERN_OP_TEST(IntegerLinear) {
  return {
      // [8 18] of the numbers less zero points, times 0.5 [1 2], plus bias.
      {.name = "scales per column and a bias",
       .op = ops::IntegerLinear{},
       .inputs = {u8({1, 2}, {3, 5}),
                  f32({}, {0.5}),
                  u8({}, {1}),
                  i8({2, 2}, {2, 3, 1, 3}),
                  f32({2}, {1, 2}),
                  {},
                  f32({2}, {10, -1})},
       .expected = {f32({1, 2}, {14, 17})},
       .gradient = false},
      {.name = "residual, then activation",
       .op = ops::IntegerLinear{.activation = ops::Activation::kRelu},
       .inputs = {i8({2, 1}, {-128, 127}),
                  f32({1}, {1}),
                  {},
                  i8({1, 1}, {-128}),
                  f32({}, {1}),
                  i8({}, {0}),
                  {},
                  f32({2, 1}, {1, 2})},
       .expected = {f32({2, 1}, {16385, 0})},
       .gradient = false},
  };
}

TEST(IntegerLinear, RefusesWhatDoesNotFit) {
  const Tensor a = u8({1, 2}, {3, 5});
  const Tensor b = i8({2, 1}, {2, 3});
  const Tensor one = f32({}, {1});
  expect_refused(ops::IntegerLinear{}, {a, one, {}, i8({3, 1}, {1, 2, 3}), one},
                 "A has 2 columns and B has 3 rows");
  expect_refused(ops::IntegerLinear{}, {a, one, {}, b, f32({3}, {1, 2, 3})},
                 "b_scale has 3 entries for 1 columns");
  expect_refused(ops::IntegerLinear{}, {a, one, {}, b, one, {}, f32({2}, {1, 2})},
                 "C has 2 entries for 1 columns");
}

TERN_OP_TEST(QAdd) {
  return {
      // 0.5 (3 - 1) + 0.25 (2 - -4) = 2.5, in steps of 1 from 10: ties go to even. 0.5 (0 - 1) +
      // 0.25 (-4 - -4) = -0.5.
      {.name = "ties go to even",
       .op = ops::QAdd{},
       .inputs = {u8({2}, {3, 0}), f32({}, {0.5}), u8({}, {1}), i8({2}, {2, -4}), f32({}, {0.25}),
                  i8({}, {-4}), f32({}, {1}), u8({}, {10})},
       .expected = {u8({2}, {12, 10})}},
      {.name = "limits",
       .op = ops::QAdd{.hi = 100, .lo = 20},
       .inputs = {u8({3}, {0, 255, 40}), f32({}, {1}), u8({}, {0}), u8({3}, {0, 255, 0}),
                  f32({}, {1}), u8({}, {0}), f32({}, {1}), u8({}, {0})},
       .expected = {u8({3}, {20, 100, 40})}},
  };
}

TERN_OP_TEST(QMul) {
  return {
      // 0.5 (4 - 1) times 0.25 (4 - 0) = 1.5 in steps of 1 from 10, and -0.5 times 1.
      {.name = "ties go to even",
       .op = ops::QMul{},
       .inputs = {u8({2}, {4, 0}), f32({}, {0.5}), u8({}, {1}), i8({2}, {4, 4}), f32({}, {0.25}),
                  i8({}, {0}), f32({}, {1}), u8({}, {10})},
       .expected = {u8({2}, {12, 10})}},
      {.name = "limits",
       .op = ops::QMul{.hi = 100, .lo = -20},
       .inputs = {i8({3}, {-128, -128, 5}), f32({}, {1}), i8({}, {0}), i8({3}, {-128, 127, 3}),
                  f32({}, {1}), i8({}, {0}), f32({}, {1}), i8({}, {0})},
       .expected = {i8({3}, {100, -20, 15})}},
  };
}

TEST(QAdd, RefusesOperandsOfDifferentShapes) {
  const Tensor one = f32({}, {1});
  const Tensor zero = u8({}, {0});
  expect_refused(ops::QAdd{}, {u8({2}, {1, 2}), one, zero, u8({1}, {1}), one, zero, one, zero},
                 "b has 1 on axis 0, a has 2");
}

}  // namespace tern::testing

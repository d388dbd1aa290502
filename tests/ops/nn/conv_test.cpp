#include "ops/nn/window.h"
#include "tern/ops/fused.h"
#include "tern/ops/nn_grad.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

// X = 0, 1, 2 ... under a window of ones: onnx.ai/onnx/operators/onnx__Conv.html.
Tensor counting(const Shape& shape) {
  return filled(DType::kF32, shape, [](std::int64_t i) { return static_cast<double>(i); });
}
Tensor ones(const Shape& shape) {
  return filled(DType::kF32, shape, [](std::int64_t) { return 1.0; });
}

}  // namespace

TERN_OP_TEST(Conv) {
  return {
      {.name = "padded",
       .op = ops::Conv{.pads = {1, 1, 1, 1}},
       .inputs = {counting({1, 1, 5, 5}), ones({1, 1, 3, 3})},
       .expected = {f32({1, 1, 5, 5}, {12,  21, 27, 33,  24,  33,  54,  63, 72,  51,  63,  99, 108,
                                       117, 81, 93, 144, 153, 162, 111, 72, 111, 117, 123, 84})}},
      {.name = "strides",
       .op = ops::Conv{.kernel_shape = {3, 3}, .pads = {1, 1, 1, 1}, .strides = {2, 2}},
       .inputs = {counting({1, 1, 7, 5}), ones({1, 1, 3, 3})},
       .expected = {f32({1, 1, 4, 3}, {12, 27, 24, 63, 108, 81, 123, 198, 141, 112, 177, 124})}},
      {.name = "padding on one axis only",
       .op = ops::Conv{.pads = {1, 0, 1, 0}, .strides = {2, 2}},
       .inputs = {counting({1, 1, 7, 5}), ones({1, 1, 3, 3})},
       .expected = {f32({1, 1, 4, 2}, {21, 33, 99, 117, 189, 207, 171, 183})}},
      {.name = "dilation on one axis",
       .op = ops::Conv{.dilations = {2}},
       .inputs = {f32({1, 1, 5}, {1, 2, 3, 4, 5}), f32({1, 1, 2}, {1, 10})},
       .expected = {f32({1, 1, 3}, {31, 42, 53})}},
      {.name = "groups and bias",
       .op = ops::Conv{.group = 2},
       .inputs = {f32({1, 2, 3}, {1, 2, 3, 10, 20, 30}), f32({2, 1, 2}, {1, 1, 1, -1}),
                  f32({2}, {100, 200})},
       .expected = {f32({1, 2, 2}, {103, 105, 190, 190})}},
      {.name = "channels add up",
       .op = ops::Conv{},
       .inputs = {f32({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), f32({3, 2, 1}, {1, 0, 0, 1, 1, 10})},
       .expected = {f32({2, 3, 2}, {1, 2, 3, 4, 31, 42, 5, 6, 7, 8, 75, 86})}},
      {.name = "auto_pad puts the odd one at the end",
       .op = ops::Conv{.auto_pad = ops::AutoPad::kSameUpper, .strides = {2}},
       .inputs = {f32({1, 1, 4}, {1, 2, 3, 4}), ones({1, 1, 3})},
       .expected = {f32({1, 1, 2}, {6, 7})}},
      {.name = "auto_pad puts the odd one at the beginning",
       .op = ops::Conv{.auto_pad = ops::AutoPad::kSameLower, .strides = {2}},
       .inputs = {f32({1, 1, 4}, {1, 2, 3, 4}), ones({1, 1, 3})},
       .expected = {f32({1, 1, 2}, {3, 9})}},
      {.name = "volume",
       .op = ops::Conv{},
       .inputs = {counting({1, 1, 2, 2, 2}), ones({1, 1, 2, 2, 2})},
       .expected = {f32({1, 1, 1, 1, 1}, {28})}},
  };
}

TERN_OP_TEST(ConvGradInput) {
  return {
      {.name = "every product goes back where it came from",
       .op = ops::ConvGradInput{},
       .inputs = {f32({1, 1, 3}, {1, 2, 3}), f32({1, 1, 2}, {1, 10}), ones({1, 1, 4})},
       .expected = {f32({1, 1, 4}, {1, 12, 23, 30})}},
      {.name = "strides leave positions without a window",
       .op = ops::ConvGradInput{.strides = {3}},
       .inputs = {f32({1, 1, 2}, {1, 2}), f32({1, 1, 2}, {1, 10}), ones({1, 1, 6})},
       .expected = {f32({1, 1, 6}, {1, 10, 0, 2, 20, 0})}},
      {.name = "padding falls away",
       .op = ops::ConvGradInput{.pads = {1, 1}},
       .inputs = {f32({1, 1, 3}, {1, 2, 3}), f32({1, 1, 2}, {1, 10}), ones({1, 1, 2})},
       .expected = {f32({1, 1, 2}, {12, 23})}},
      {.name = "groups",
       .op = ops::ConvGradInput{.group = 2},
       .inputs = {f32({1, 2, 2}, {1, 2, 3, 4}), f32({2, 1, 1}, {5, 7}), ones({1, 2, 2})},
       .expected = {f32({1, 2, 2}, {5, 10, 21, 28})}},
  };
}

TERN_OP_TEST(ConvGradWeight) {
  return {
      {.name = "sums over positions",
       .op = ops::ConvGradWeight{},
       .inputs = {f32({1, 1, 3}, {1, 2, 3}), f32({1, 1, 4}, {1, 2, 3, 4}), ones({1, 1, 2})},
       .expected = {f32({1, 1, 2}, {14, 20})}},
      {.name = "sums over the batch",
       .op = ops::ConvGradWeight{},
       .inputs = {f32({2, 1, 1}, {1, 10}), f32({2, 1, 2}, {1, 2, 3, 4}), ones({1, 1, 2})},
       .expected = {f32({1, 1, 2}, {31, 42})}},
      {.name = "dilation and padding",
       .op = ops::ConvGradWeight{.dilations = {2}, .pads = {1, 1}},
       .inputs = {f32({1, 1, 3}, {1, 2, 3}), f32({1, 1, 3}, {1, 10, 100}), ones({1, 1, 2})},
       .expected = {f32({1, 1, 2}, {32, 210})}},
      {.name = "groups",
       .op = ops::ConvGradWeight{.group = 2},
       .inputs = {f32({1, 2, 2}, {1, 2, 3, 4}), f32({1, 2, 2}, {5, 6, 7, 8}), ones({2, 1, 1})},
       .expected = {f32({2, 1, 1}, {17, 53})}},
  };
}

TERN_OP_TEST(NhwcConv) {
  return {
      {.name = "one channel",
       .op = ops::NhwcConv{.pads = {1, 1, 1, 1}, .strides = {2, 2}},
       .inputs = {counting({1, 7, 5, 1}), ones({1, 1, 3, 3})},
       .expected = {f32({1, 4, 3, 1}, {12, 27, 24, 63, 108, 81, 123, 198, 141, 112, 177, 124})}},
      {.name = "channels stand last",
       .op = ops::NhwcConv{},
       .inputs = {f32({2, 2, 2}, {1, 3, 2, 4, 5, 7, 6, 8}), f32({3, 2, 1}, {1, 0, 0, 1, 1, 10})},
       .expected = {f32({2, 2, 3}, {1, 3, 31, 2, 4, 42, 5, 7, 75, 6, 8, 86})}},
      {.name = "groups, bias, residual, then activation",
       .op = ops::NhwcConv{.activation = ops::Activation::kRelu, .group = 2},
       .inputs = {f32({1, 3, 2}, {1, 10, 2, 20, 3, 30}), f32({2, 1, 2}, {1, 1, 1, -1}),
                  f32({2}, {-4, 1}), f32({1, 2, 2}, {0, 10, 1, 2})},
       .expected = {f32({1, 2, 2}, {0, 1, 2, 0})}},
      {.name = "clip",
       .op = ops::NhwcConv{.activation = ops::Activation::kClip, .hi = 6, .lo = 0},
       .inputs = {f32({1, 3, 1}, {-1, 2, 9}), f32({1, 1, 1}, {1})},
       .expected = {f32({1, 3, 1}, {0, 2, 6})}},
  };
}

TEST(Conv, RefusesWhatDoesNotFit) {
  const Tensor x = counting({1, 4, 3});
  expect_refused(ops::Conv{}, {x, ones({1, 3, 1})},
                 "weight has 3 channels x 1 groups, input has 4");
  expect_refused(ops::Conv{.group = 2}, {x, ones({3, 2, 1})},
                 "3 output channels cannot be split into 2 groups");
  expect_refused(ops::Conv{.group = 0}, {x, ones({1, 4, 1})}, "group 0");
  expect_refused(ops::Conv{}, {x, ones({1, 4, 5})}, "a window of 5 does not fit in 3");
  expect_refused(ops::Conv{.kernel_shape = {2}}, {x, ones({1, 4, 1})}, "kernel_shape is 2");
  expect_refused(ops::Conv{.strides = {0}}, {x, ones({1, 4, 1})}, "stride 0");
  expect_refused(ops::Conv{.pads = {1}}, {x, ones({1, 4, 1})}, "pad has 1 entries for 2");
  expect_refused(ops::Conv{}, {x, ones({2, 4, 1}), ones({3})}, "bias has 3 entries");
}

TEST(NhwcConv, RefusesAResidualOfAnotherShape) {
  expect_refused(ops::NhwcConv{}, {ones({1, 3, 1}), ones({2, 1, 1}), Tensor(), ones({1, 3, 1})},
                 "Z has 1 on axis 2, the output has 2");
}

}  // namespace tern::testing

#include "tern/ops/fused.h"
#include "tern/ops/nn_grad.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

// 1, 2, 3 ...: the examples of onnx.ai/onnx/operators/onnx__MaxPool.html.
Tensor counting(DType dtype, const Shape& shape) {
  return filled(dtype, shape, [](std::int64_t i) { return static_cast<double>(i + 1); });
}

}  // namespace

TERN_OP_TEST(MaxPool) {
  const std::vector<double> padded{13, 14, 15, 15, 15, 18, 19, 20, 20, 20, 23, 24, 25,
                                   25, 25, 23, 24, 25, 25, 25, 23, 24, 25, 25, 25};
  return {
      {.name = "padding",
       .op = ops::MaxPool{.kernel_shape = {5, 5}, .pads = {2, 2, 2, 2}},
       .inputs = {counting(DType::kF32, {1, 1, 5, 5})},
       .expected = {f32({1, 1, 5, 5}, padded),
                    i64({1, 1, 5, 5}, {12, 13, 14, 14, 14, 17, 18, 19, 19, 19, 22, 23, 24,
                                       24, 24, 22, 23, 24, 24, 24, 22, 23, 24, 24, 24})}},
      {.name = "indices by columns",
       .op = ops::MaxPool{.kernel_shape = {2, 2}, .storage_order = 1, .strides = {2, 2}},
       .inputs = {counting(DType::kF32, {1, 1, 5, 5})},
       .expected = {f32({1, 1, 2, 2}, {7, 9, 17, 19}), i64({1, 1, 2, 2}, {6, 16, 8, 18})}},
      {.name = "indices count through batch and channels",
       .op = ops::MaxPool{.kernel_shape = {2}},
       .inputs = {f32({2, 2, 2}, {1, 2, 4, 3, 5, 6, 8, 7})},
       .expected = {f32({2, 2, 1}, {2, 4, 6, 8}), i64({2, 2, 1}, {1, 2, 5, 6})}},
      {.name = "the last window may be cut off",
       .op = ops::MaxPool{.ceil_mode = true, .kernel_shape = {3, 3}, .strides = {2, 2}},
       .inputs = {counting(DType::kF32, {1, 1, 4, 4})},
       .expected = {f32({1, 1, 2, 2}, {11, 12, 15, 16})}},
      {.name = "no window starts in the padding at the end",
       .op = ops::MaxPool{.ceil_mode = true, .kernel_shape = {1}, .pads = {0, 1}, .strides = {2}},
       .inputs = {f32({1, 1, 2}, {1, 2})},
       .expected = {f32({1, 1, 1}, {1})}},
      {.name = "dilation",
       .op = ops::MaxPool{.dilations = {2, 2}, .kernel_shape = {2, 2}},
       .inputs = {counting(DType::kF32, {1, 1, 4, 4})},
       .expected = {f32({1, 1, 2, 2}, {11, 12, 15, 16})}},
      {.name = "auto_pad",
       .op =
           ops::MaxPool{
               .auto_pad = ops::AutoPad::kSameUpper, .kernel_shape = {3, 3}, .strides = {2, 2}},
       .inputs = {counting(DType::kF32, {1, 1, 5, 5})},
       .expected = {f32({1, 1, 3, 3}, {7, 9, 10, 17, 19, 20, 22, 24, 25})}},
      {.name = "negative values beat the padding",
       .op = ops::MaxPool{.kernel_shape = {3}, .pads = {1, 1}},
       .inputs = {f32({1, 1, 3}, {-3, -2, -5})},
       .expected = {f32({1, 1, 3}, {-2, -2, -2})}},
      {.name = "bytes",
       .op = ops::MaxPool{.kernel_shape = {5, 5}, .pads = {2, 2, 2, 2}},
       .inputs = {counting(DType::kU8, {1, 1, 5, 5})},
       .expected = {of(DType::kU8, {1, 1, 5, 5}, padded)}},
  };
}

TERN_OP_TEST(MaxPoolGrad) {
  return {
      {.name = "each window pays its largest element",
       .op = ops::MaxPoolGrad{.kernel_shape = {2}},
       .inputs = {f32({1, 1, 3}, {1, 10, 100}), f32({1, 1, 4}, {3, 4, 2, 1})},
       .expected = {f32({1, 1, 4}, {0, 11, 100, 0})}},
      {.name = "the first of equals",
       .op = ops::MaxPoolGrad{.kernel_shape = {2}},
       .inputs = {f32({1, 1, 1}, {5}), f32({1, 1, 2}, {7, 7})},
       .expected = {f32({1, 1, 2}, {5, 0})}},
  };
}

TERN_OP_TEST(NhwcMaxPool) {
  return {
      {.name = "channels stand last",
       .op = ops::NhwcMaxPool{.kernel_shape = {2, 2}},
       .inputs = {f32({1, 2, 2, 2}, {1, 40, 2, 30, 3, 20, 4, 10})},
       .expected = {f32({1, 1, 1, 2}, {4, 40})}},
      {.name = "padding and strides",
       .op = ops::NhwcMaxPool{.kernel_shape = {5, 5}, .pads = {2, 2, 2, 2}, .strides = {2, 2}},
       .inputs = {counting(DType::kF32, {1, 5, 5, 1})},
       .expected = {f32({1, 3, 3, 1}, {13, 15, 15, 23, 25, 25, 23, 25, 25})}},
  };
}

TEST(MaxPool, RefusesWhatDoesNotFit) {
  expect_refused(ops::MaxPool{}, {f32({1, 1, 1}, {1})}, "kernel has 0 axes");
  expect_refused(ops::MaxPool{.kernel_shape = {2}}, {f32({1, 2}, {1, 2})}, "X has rank 2");
  expect_refused(ops::MaxPool{.kernel_shape = {2}, .storage_order = 2}, {f32({1, 1, 2}, {1, 2})},
                 "storage_order 2");
}

}  // namespace tern::testing

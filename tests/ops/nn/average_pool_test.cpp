#include "tern/ops/fused.h"
#include "tern/ops/nn_grad.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

// 1, 2, 3 ...: the examples of onnx.ai/onnx/operators/onnx__AveragePool.html.
Tensor counting(const Shape& shape) {
  return filled(DType::kF32, shape, [](std::int64_t i) { return static_cast<double>(i + 1); });
}

}  // namespace

TERN_OP_TEST(AveragePool) {
  return {
      {.name = "padding is left out",
       .op = ops::AveragePool{.kernel_shape = {5, 5}, .pads = {2, 2, 2, 2}},
       .inputs = {counting({1, 1, 5, 5})},
       .expected = {f32({1, 1, 5, 5},
                        {7,    7.5, 8,    8.5, 9,    9.5, 10,   10.5, 11,   11.5, 12,   12.5, 13,
                         13.5, 14,  14.5, 15,  15.5, 16,  16.5, 17,   17.5, 18,   18.5, 19})}},
      {.name = "padding counts as zeros",
       .op =
           ops::AveragePool{
               .count_include_pad = true, .kernel_shape = {5, 5}, .pads = {2, 2, 2, 2}},
       .inputs = {counting({1, 1, 5, 5})},
       .expected = {f32({1, 1, 5, 5},
                        {2.52, 3.6, 4.8,  4.08, 3.24, 4.56,  6.4,  8.4,  7.04, 5.52, 7.2,  10,  13,
                         10.8, 8.4, 6.96, 9.6,  12.4, 10.24, 7.92, 6.12, 8.4,  10.8, 8.88, 6.84})}},
      {.name = "strides",
       .op = ops::AveragePool{.kernel_shape = {2, 2}, .strides = {2, 2}},
       .inputs = {counting({1, 1, 5, 5})},
       .expected = {f32({1, 1, 2, 2}, {4, 6, 14, 16})}},
      {.name = "beyond the padding nothing counts",
       .op = ops::AveragePool{.ceil_mode = true,
                              .count_include_pad = true,
                              .kernel_shape = {3},
                              .pads = {1, 1},
                              .strides = {2}},
       .inputs = {f32({1, 1, 4}, {1, 2, 3, 4})},
       .expected = {f32({1, 1, 3}, {1, 3, 2})}},
      {.name = "dilation",
       .op = ops::AveragePool{.dilations = {2}, .kernel_shape = {2}},
       .inputs = {f32({1, 2, 3}, {1, 2, 3, 4, 5, 8})},
       .expected = {f32({1, 2, 1}, {2, 6})}},
      {.name = "auto_pad",
       .op = ops::AveragePool{.auto_pad = ops::AutoPad::kSameLower, .kernel_shape = {2}},
       .inputs = {f32({1, 1, 3}, {1, 3, 5})},
       .expected = {f32({1, 1, 3}, {1, 2, 4})}},
  };
}

TERN_OP_TEST(AveragePoolGrad) {
  return {
      {.name = "equal shares",
       .op = ops::AveragePoolGrad{.kernel_shape = {2}},
       .inputs = {f32({1, 1, 2}, {2, 20}), f32({1, 1, 3}, {0, 0, 0})},
       .expected = {f32({1, 1, 3}, {1, 11, 10})}},
      {.name = "shares of a window that reaches into the padding",
       .op = ops::AveragePoolGrad{.kernel_shape = {2}, .pads = {1, 0}},
       .inputs = {f32({1, 1, 2}, {2, 20}), f32({1, 1, 2}, {0, 0})},
       .expected = {f32({1, 1, 2}, {12, 10})}},
      {.name = "the padding takes its share where it counts",
       .op = ops::AveragePoolGrad{.count_include_pad = true, .kernel_shape = {2}, .pads = {1, 0}},
       .inputs = {f32({1, 1, 2}, {2, 20}), f32({1, 1, 2}, {0, 0})},
       .expected = {f32({1, 1, 2}, {11, 10})}},
  };
}

TERN_OP_TEST(NhwcAveragePool) {
  return {
      {.name = "channels stand last",
       .op = ops::NhwcAveragePool{.kernel_shape = {2, 2}},
       .inputs = {f32({1, 2, 2, 2}, {1, 10, 2, 20, 3, 30, 4, 40})},
       .expected = {f32({1, 1, 1, 2}, {2.5, 25})}},
      {.name = "padding counts as zeros",
       .op =
           ops::NhwcAveragePool{
               .count_include_pad = true, .kernel_shape = {3}, .pads = {1, 1}, .strides = {2}},
       .inputs = {f32({1, 3, 2}, {3, 30, 6, 60, 9, 90})},
       .expected = {f32({1, 2, 2}, {3, 30, 5, 50})}},
  };
}

}  // namespace tern::testing

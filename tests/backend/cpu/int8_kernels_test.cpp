#include <gtest/gtest.h>

#include "tern/ops/fused_quant.h"
#include "tern/ops/quant.h"
#include "tern/ops/tensor.h"
#include "tests/backend/cpu/kernel_case.h"

namespace tern::testing {
namespace {

Tensor bytes(DType dtype, const Shape& shape, std::uint64_t seed) {
  const bool is_signed = dtype == DType::kI8;
  return random_values(dtype, shape, is_signed ? -128 : 0, is_signed ? 128 : 256, seed);
}
Tensor scalar(double scale) { return f32({}, {scale}); }
Tensor zero(DType dtype, std::int64_t z) { return ints(dtype, {}, {z}); }
Tensor scales(std::int64_t count, double size) {
  return filled(DType::kF32, {count},
                [size](std::int64_t i) { return size * (1 + static_cast<double>(i % 7)); });
}
Tensor zeros(DType dtype, std::int64_t count, std::int64_t step) {
  return filled(dtype, {count},
                [step](std::int64_t i) { return static_cast<double>(i * step % 100); });
}

constexpr Tolerance kExact{0, 0};

TEST(Int8Kernels, MatMulInteger) {
  for (const DType a : {DType::kU8, DType::kI8}) {
    for (const DType b : {DType::kU8, DType::kI8}) {
      const std::vector<Tensor> inputs{bytes(a, {2, 9, 35}, 1), bytes(b, {35, 21}, 2), zero(a, 19),
                                       zeros(b, 21, 13)};
      expect_kernels_agree(
          {.name = "packed", .op = ops::MatMulInteger{}, .inputs = inputs, .constants = {1, 3}},
          "matmul_integer_packed");
      expect_kernels_agree({.name = "at run time", .op = ops::MatMulInteger{}, .inputs = inputs},
                           "matmul_integer");
    }
  }
  expect_kernels_agree(
      {.name = "stacks",
       .op = ops::MatMulInteger{},
       .inputs = {bytes(DType::kI8, {3, 2, 5, 16}, 3), bytes(DType::kI8, {2, 16, 40}, 4)}},
      "matmul_integer");
}

TEST(Int8Kernels, QLinearMatMul) {
  for (const DType b : {DType::kU8, DType::kI8}) {
    const std::vector<Tensor> inputs{bytes(DType::kU8, {15, 64}, 1),
                                     scalar(0.02),
                                     zero(DType::kU8, 120),
                                     bytes(b, {64, 37}, 2),
                                     scales(37, 0.01),
                                     zeros(b, 37, 0),
                                     scalar(0.7),
                                     zero(DType::kI8, -9)};
    expect_kernels_agree({.name = "packed",
                          .op = ops::QLinearMatMul{},
                          .inputs = inputs,
                          .constants = {3, 5},
                          .tolerance = kExact},
                         "qlinear_matmul_packed");
    expect_kernels_agree(
        {.name = "at run time", .op = ops::QLinearMatMul{}, .inputs = inputs, .tolerance = kExact},
        "qlinear_matmul");
  }
}

TEST(Int8Kernels, IntegerLinear) {
  for (const auto activation :
       {ops::Activation::kNone, ops::Activation::kRelu, ops::Activation::kGelu}) {
    expect_kernels_agree(
        {.name = "bias and residual",
         .op = ops::IntegerLinear{.activation = activation},
         .inputs = {bytes(DType::kU8, {2, 7, 30}, 1), scalar(0.01), zero(DType::kU8, 77),
                    bytes(DType::kI8, {30, 19}, 2), scales(19, 0.003), Tensor(),
                    random_values(DType::kF32, {19}), random_values(DType::kF32, {2, 7, 19})},
         .constants = {3}},
        "integer_linear_packed");
  }
}

void check_conv(const ops::NhwcQLinearConv& op, const Shape& x, const Shape& w, DType x_type,
                DType w_type, std::int64_t w_zero_step) {
  const std::int64_t channels = w[0];
  expect_kernels_agree(
      {.name = "conv",
       .op = op,
       .inputs = {bytes(x_type, x, 1), scalar(0.03), zero(x_type, 17), bytes(w_type, w, 2),
                  scales(channels, 0.002), zeros(w_type, channels, w_zero_step), scalar(0.11),
                  zero(DType::kU8, 60),
                  filled(DType::kI32, {channels},
                         [](std::int64_t i) { return static_cast<double>(i * 211 - 1500); })},
       .constants = {3, 5, 8},
       .tolerance = kExact},
      "qlinear_conv");
}

TEST(Int8Kernels, NhwcQLinearConv) {
  for (const DType x : {DType::kU8, DType::kI8}) {
    for (const std::int64_t step : {0, 11}) {
      check_conv({.pads = {1, 1, 1, 1}}, {1, 6, 7, 12}, {20, 12, 3, 3}, x, DType::kI8, step);
      check_conv({.hi = 200, .lo = 61, .strides = {2, 2}}, {2, 5, 5, 16}, {33, 16, 1, 1}, x,
                 DType::kI8, step);
      check_conv({.group = 40, .pads = {1, 1, 0, 0}, .strides = {2, 1}}, {1, 6, 6, 40},
                 {40, 1, 3, 3}, x, DType::kU8, step);
      check_conv({.dilations = {2, 1}, .group = 2}, {1, 7, 6, 8}, {6, 4, 3, 2}, x, DType::kU8,
                 step);
    }
  }
}

TEST(Int8Kernels, NhwcConvInteger) {
  for (const DType x : {DType::kU8, DType::kI8}) {
    expect_kernels_agree({.name = "conv",
                          .op = ops::NhwcConvInteger{.pads = {1, 0, 1, 2}, .strides = {1, 2}},
                          .inputs = {bytes(x, {2, 6, 7, 9}, 1), bytes(DType::kU8, {17, 9, 3, 3}, 2),
                                     zero(x, 17), zeros(DType::kU8, 17, 13)},
                          .constants = {1, 3}},
                         "conv_integer");
  }
}

TEST(Int8Kernels, QuantizingOneScale) {
  const Tensor x = random_values(DType::kF32, {3, 333}, -4, 4);
  expect_kernels_agree({.name = "quantize",
                        .op = ops::QuantizeLinear{},
                        .inputs = {x, scalar(0.017), zero(DType::kI8, 3)},
                        .tolerance = kExact},
                       "quantize");
  expect_kernels_agree(
      {.name = "dequantize",
       .op = ops::DequantizeLinear{},
       .inputs = {bytes(DType::kU8, {3, 333}, 5), scalar(0.017), zero(DType::kU8, 100)},
       .tolerance = kExact},
      "dequantize");
  expect_kernels_agree({.name = "dynamic",
                        .op = ops::DynamicQuantizeLinear{},
                        .inputs = {x},
                        .outputs = 3,
                        .tolerance = kExact},
                       "dynamic_quantize");
}

TEST(Int8Kernels, TransposeBetweenChannelOrders) {
  for (const std::int64_t channels : {1, 2, 3, 4, 5, 40}) {
    expect_kernels_agree({.name = "to the end",
                          .op = ops::Transpose{.perm = {0, 2, 3, 1}},
                          .inputs = {bytes(DType::kU8, {2, channels, 9, 37}, 1)}},
                         "transpose_pixels");
    expect_kernels_agree({.name = "to the front",
                          .op = ops::Transpose{.perm = {0, 3, 1, 2}},
                          .inputs = {bytes(DType::kI8, {2, 9, 37, channels}, 1)}},
                         "transpose_pixels");
  }
  expect_kernels_agree({.name = "another order",
                        .op = ops::Transpose{.perm = {0, 2, 1, 3}},
                        .inputs = {bytes(DType::kU8, {2, 3, 4, 5}, 1)}},
                       "transpose_bytes");
}

TEST(Int8Kernels, NothingToCompute) {
  expect_kernels_agree({.name = "no rows",
                        .op = ops::MatMulInteger{},
                        .inputs = {bytes(DType::kU8, {0, 5}, 1), bytes(DType::kI8, {5, 3}, 2)},
                        .constants = {1}},
                       "matmul_integer_packed");
  expect_kernels_agree({.name = "no terms",
                        .op = ops::MatMulInteger{},
                        .inputs = {bytes(DType::kI8, {2, 0}, 1), bytes(DType::kI8, {0, 3}, 2)}},
                       "matmul_integer");
  for (const std::int64_t group : {1, 4}) {
    expect_kernels_agree(
        {.name = "no images",
         .op = ops::NhwcConvInteger{.group = group},
         .inputs = {bytes(DType::kU8, {0, 3, 3, 4}, 1), bytes(DType::kI8, {4, 4 / group, 2, 2}, 2)},
         .constants = {1}},
        "conv_integer");
  }
}

TEST(Int8Kernels, QMul) {
  expect_kernels_agree(
      {.name = "multiply",
       .op = ops::QMul{.hi = 250, .lo = 30},
       .inputs = {bytes(DType::kU8, {4, 77}, 1), scalar(0.031), zero(DType::kU8, 128),
                  bytes(DType::kI8, {4, 77}, 2), scalar(0.017), zero(DType::kI8, -3), scalar(0.04),
                  zero(DType::kU8, 99)},
       .tolerance = kExact},
      "q_mul");
}

TEST(Int8Kernels, QAdd) {
  expect_kernels_agree(
      {.name = "add",
       .op = ops::QAdd{.hi = 250, .lo = 30},
       .inputs = {bytes(DType::kU8, {4, 77}, 1), scalar(0.031), zero(DType::kU8, 128),
                  bytes(DType::kI8, {4, 77}, 2), scalar(0.017), zero(DType::kI8, -3), scalar(0.04),
                  zero(DType::kU8, 99)},
       .tolerance = kExact},
      "q_add");
}

}  // namespace
}  // namespace tern::testing

// The kernels that a session of precision bf16 takes, and when it takes them.
#include <gtest/gtest.h>

#include "backend/cpu/bf16_unit.h"
#include "tern/ops/fused.h"
#include "tern/ops/math.h"
#include "tests/backend/cpu/kernel_case.h"

namespace tern::testing {
namespace {

// "linear_packed" as the kernel that this machine runs for bf16.
std::string kernel_for_bf16(const std::string& name) {
  return name + (cpu::active_bf16_unit() == cpu::Bf16Unit::kNone ? "_f32" : "_bf16");
}

Tensor any(const Shape& shape, std::uint64_t seed) {
  return random_values(DType::kF32, shape, -1, 1, seed);
}

// Of sums of k products of numbers of at most 1: each product is off by at most 2^-7 + 2^-16 of
// its size. Activations here have a slope of at most 1.1.
Tolerance bf16_tolerance(std::int64_t k) {
  return {0, 1.1 * static_cast<double>(k) * (0x1p-7 + 0x1p-16) + 1e-5};
}

TEST(Bf16Kernels, LinearWithAConstantWeight) {
  for (const bool transposed : {false, true}) {
    for (const bool with_all : {false, true}) {
      ops::Linear op;
      op.trans_b = transposed;
      if (with_all) op.activation = ops::Activation::kGelu;
      KernelCase test{
          .name = with_all ? "bias, residual and gelu" : "the product alone",
          .op = Op(op),
          .inputs = {any({3, 11, 70}, 1), any(transposed ? Shape{45, 70} : Shape{70, 45}, 2)},
          .constants = {1},
          .tolerance = bf16_tolerance(70),
          .precision = Precision::kBF16};
      if (with_all) {
        test.inputs.push_back(any({45}, 3));
        test.inputs.push_back(any({3, 11, 45}, 4));
      }
      expect_kernels_agree(test, kernel_for_bf16("linear_packed"));
    }
  }
}

TEST(Bf16Kernels, WeightsThatChangeStayInF32) {
  expect_kernels_agree({.name = "weight of a training step",
                        .op = Op(ops::Linear{}),
                        .inputs = {any({5, 20}, 1), any({20, 30}, 2)},
                        .tolerance = {1e-5, 1e-5},
                        .precision = Precision::kBF16},
                       "linear_f32");
}

TEST(Bf16Kernels, SessionsOfF32DoNotTakeThem) {
  expect_kernels_agree({.name = "f32",
                        .op = Op(ops::Linear{}),
                        .inputs = {any({5, 20}, 1), any({20, 30}, 2)},
                        .constants = {1}},
                       "linear_packed_f32");
}

TEST(Bf16Kernels, ConvolutionWithAConstantWeight) {
  for (const std::int64_t stride : {1, 2}) {
    ops::NhwcConv op;
    op.pads = {2, 2, 2, 2};
    op.strides = {stride, stride};
    op.activation = ops::Activation::kRelu;
    expect_kernels_agree({.name = "5x5",
                          .op = Op(op),
                          .inputs = {any({2, 11, 9, 7}, 1), any({34, 7, 5, 5}, 2), any({34}, 3)},
                          .constants = {1},
                          .tolerance = bf16_tolerance(7 * 5 * 5),
                          .precision = Precision::kBF16},
                         kernel_for_bf16("conv"));
  }
}

TEST(Bf16Kernels, GroupsStayInF32) {
  ops::NhwcConv op;
  op.group = 2;
  expect_kernels_agree({.name = "two groups",
                        .op = Op(op),
                        .inputs = {any({1, 6, 6, 8}, 1), any({10, 4, 3, 3}, 2)},
                        .constants = {1},
                        .tolerance = {1e-5, 1e-5},
                        .precision = Precision::kBF16},
                       "conv_f32");
}

TEST(Bf16Kernels, MatMulOfStacks) {
  const std::pair<Shape, Shape> shapes[] = {{{20, 33}, {33, 17}},
                                            {{2, 3, 20, 33}, {33, 17}},
                                            {{2, 3, 20, 33}, {3, 33, 17}},
                                            {{3, 20, 33}, {2, 1, 33, 40}}};
  for (const auto& [a, b] : shapes) {
    expect_kernels_agree({.name = a.to_string() + " times " + b.to_string(),
                          .op = Op(ops::MatMul{}),
                          .inputs = {any(a, 1), any(b, 2)},
                          .tolerance = bf16_tolerance(33),
                          .precision = Precision::kBF16},
                         kernel_for_bf16("matmul"));
  }
}

TEST(Bf16Kernels, MatMulOfFewRowsStaysInF32) {
  expect_kernels_agree({.name = "four rows",
                        .op = Op(ops::MatMul{}),
                        .inputs = {any({4, 33}, 1), any({33, 17}, 2)},
                        .tolerance = {1e-5, 1e-5},
                        .precision = Precision::kBF16},
                       "matmul_f32");
}

}  // namespace
}  // namespace tern::testing

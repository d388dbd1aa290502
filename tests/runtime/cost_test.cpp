#include "runtime/cost.h"

#include <gtest/gtest.h>

#include "tern/ops/fused_grad.h"
#include "tern/ops/math.h"
#include "tern/ops/microsoft.h"
#include "tern/ops/nn.h"
#include "tern/ops/nn_grad.h"
#include "tern/ops/quant.h"

namespace tern::runtime {
namespace {

double flops(const Op& op, std::vector<Shape> in, std::vector<Shape> out) {
  const auto described = [](const std::vector<Shape>& shapes) {
    std::vector<TensorDesc> descs;
    for (const Shape& shape : shapes) descs.push_back({DType::kF32, shape});
    return descs;
  };
  return flops_of(op, described(in), described(out));
}

// Two per multiply-add: outputs times inputs of a filter.
TEST(Flops, Convolutions) {
  const Shape x{1, 6, 8, 8}, w{4, 3, 3, 3}, y{1, 4, 6, 6};  // two groups
  constexpr double kWanted = 2.0 * (4 * 6 * 6) * (3 * 3 * 3);
  EXPECT_EQ(flops(ops::Conv{}, {x, w}, {y}), kWanted);
  EXPECT_EQ(flops(ops::ConvGradInput{}, {y, w, x}, {x}), kWanted);
  EXPECT_EQ(flops(ops::ConvGradWeight{}, {y, x, w}, {w}), kWanted);
  EXPECT_EQ(flops(ops::QLinearConv{}, {x, {}, {}, w, {}, {}, {}, {}}, {y}), kWanted);
}

TEST(Flops, ProductsOfMatrices) {
  constexpr double kWanted = 2.0 * 5 * 7 * 3;  // [5, 3] times [3, 7]
  EXPECT_EQ(flops(ops::MatMul{}, {{5, 3}, {3, 7}}, {{5, 7}}), kWanted);
  EXPECT_EQ(flops(ops::MatMul{}, {{2, 5, 3}, {3, 7}}, {{2, 5, 7}}), 2 * kWanted);
  EXPECT_EQ(flops(ops::MatMulInteger{}, {{5, 3}, {3, 7}}, {{5, 7}}), kWanted);
  EXPECT_EQ(flops(ops::Gemm{.transA = true}, {{3, 5}, {3, 7}}, {{5, 7}}), kWanted);
  EXPECT_EQ(flops(ops::TransposedMatMul{.trans_a = true}, {{3, 5}, {3, 7}}, {{5, 7}}), kWanted);
  EXPECT_EQ(flops(ops::TransposedMatMul{.trans_b = true}, {{5, 3}, {7, 3}}, {{5, 7}}), kWanted);
  EXPECT_EQ(flops(ops::MatMulNBits{.K = 3, .N = 7}, {{5, 3}, {7, 1, 8}, {7, 1}}, {{5, 7}}),
            kWanted);
}

// Scores and their product with V: queries times keys times size, twice.
TEST(Flops, Attention) {
  const Shape q{1, 2, 5, 16}, k{1, 2, 9, 16};
  EXPECT_EQ(flops(ops::Attention{}, {q, k, k}, {q}), 2.0 * 2 * (2 * 5 * 9 * 16));
  const Shape q3{1, 5, 32}, k3{1, 9, 32};
  EXPECT_EQ(flops(ops::Attention{.kv_num_heads = 2, .q_num_heads = 2}, {q3, k3, k3}, {q3}),
            2.0 * 2 * (5 * 9 * 32));
}

TEST(Flops, OnePerElementOfOthers) {
  EXPECT_EQ(flops(ops::Add{}, {{5, 3}, {3}}, {{5, 3}}), 15);
  EXPECT_EQ(flops(ops::Add{}, {}, {}), 0);
}

}  // namespace
}  // namespace tern::runtime

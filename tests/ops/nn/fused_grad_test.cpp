#include "tern/ops/fused_grad.h"

#include <cmath>

#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

Tensor ones(const Shape& shape) {
  return filled(DType::kF32, shape, [](std::int64_t) { return 1.0; });
}

Tensor noise(const Shape& shape, std::uint64_t seed) {
  return random_values(DType::kF32, shape, -1, 1, seed);
}

}  // namespace

// Cases without expected numbers are there for the kernels, which are held to the reference.
TERN_OP_TEST(NhwcConvGradInput) {
  return {
      // dX of channel c is the sum over o of dY_o W(o, c): 1 * 1 + 2 * 3 and 1 * 2 + 2 * 4.
      {.name = "channels stand last",
       .op = ops::NhwcConvGradInput{},
       .inputs = {f32({1, 1, 1, 2}, {1, 2}), f32({2, 2, 1, 1}, {1, 2, 3, 4}), ones({1, 1, 1, 2})},
       .expected = {f32({1, 1, 1, 2}, {7, 10})}},
      {.name = "every product goes back where it came from",
       .op = ops::NhwcConvGradInput{},
       .inputs = {f32({1, 1, 3, 1}, {1, 2, 3}), f32({1, 1, 1, 2}, {1, 10}), ones({1, 1, 4, 1})},
       .expected = {f32({1, 1, 4, 1}, {1, 12, 23, 30})}},
      {.name = "strides leave pixels without a window",
       .op = ops::NhwcConvGradInput{.strides = {1, 3}},
       .inputs = {f32({1, 1, 2, 1}, {1, 2}), f32({1, 1, 1, 2}, {1, 10}), ones({1, 1, 6, 1})},
       .expected = {f32({1, 1, 6, 1}, {1, 10, 0, 2, 20, 0})}},
      {.name = "3x3 with padding",
       .op = ops::NhwcConvGradInput{.pads = {1, 1, 1, 1}},
       .inputs = {noise({2, 9, 8, 33}, 1), noise({33, 35, 3, 3}, 2), ones({2, 9, 8, 35})},
       .expected = {Tensor()},
       .tolerance = {1e-4, 2e-4},  // Winograd's, of sums of size 10
       .other_dtypes = false},
      {.name = "5x5 of few channels",
       .op = ops::NhwcConvGradInput{},
       .inputs = {noise({3, 8, 8, 50}, 1), noise({50, 20, 5, 5}, 2), ones({3, 12, 12, 20})},
       .expected = {Tensor()}},
      {.name = "3x3 of stride 2",
       .op = ops::NhwcConvGradInput{.pads = {1, 1, 1, 1}, .strides = {2, 2}},
       .inputs = {noise({2, 4, 5, 17}, 1), noise({17, 6, 3, 3}, 2), ones({2, 8, 9, 6})},
       .expected = {Tensor()}},
      {.name = "1x1 of stride 2",
       .op = ops::NhwcConvGradInput{.strides = {2, 2}},
       .inputs = {noise({2, 4, 4, 24}, 1), noise({24, 12, 1, 1}, 2), ones({2, 8, 8, 12})},
       .expected = {Tensor()}},
      {.name = "depthwise",
       .op = ops::NhwcConvGradInput{.group = 18, .pads = {1, 1, 1, 1}},
       .inputs = {noise({2, 5, 6, 18}, 1), noise({18, 1, 3, 3}, 2), ones({2, 5, 6, 18})},
       .expected = {Tensor()}},
      {.name = "groups and dilation",
       .op = ops::NhwcConvGradInput{.dilations = {2, 1}, .group = 2},
       .inputs = {noise({1, 4, 5, 6}, 1), noise({6, 4, 3, 2}, 2), ones({1, 8, 6, 8})},
       .expected = {Tensor()}},
  };
}

TERN_OP_TEST(NhwcConvGradWeight) {
  return {
      {.name = "sums over pixels",
       .op = ops::NhwcConvGradWeight{},
       .inputs = {f32({1, 1, 3, 1}, {1, 2, 3}), f32({1, 1, 4, 1}, {1, 2, 3, 4}),
                  ones({1, 1, 1, 2})},
       .expected = {f32({1, 1, 1, 2}, {14, 20}), f32({1}, {6})}},
      {.name = "channels stand last",
       .op = ops::NhwcConvGradWeight{},
       .inputs = {f32({2, 1, 1, 2}, {1, 2, 10, 20}), f32({2, 1, 1, 2}, {1, 2, 3, 4}),
                  ones({2, 2, 1, 1})},
       .expected = {f32({2, 2, 1, 1}, {31, 42, 62, 84}), f32({2}, {11, 22})}},
      {.name = "dilation and padding",
       .op = ops::NhwcConvGradWeight{.dilations = {1, 2}, .pads = {0, 1, 0, 1}},
       .inputs = {f32({1, 1, 3, 1}, {1, 2, 3}), f32({1, 1, 3, 1}, {1, 10, 100}),
                  ones({1, 1, 1, 2})},
       .expected = {f32({1, 1, 1, 2}, {32, 210})}},
      {.name = "3x3 with padding",
       .op = ops::NhwcConvGradWeight{.pads = {1, 1, 1, 1}},
       .inputs = {noise({2, 9, 8, 33}, 1), noise({2, 9, 8, 35}, 2), ones({33, 35, 3, 3})},
       .expected = {Tensor(), Tensor()},
       .tolerance = {1e-4, 2e-4},
       .other_dtypes = false},
      {.name = "5x5 of one channel",
       .op = ops::NhwcConvGradWeight{},
       .inputs = {noise({3, 10, 10, 20}, 1), noise({3, 14, 14, 1}, 2), ones({20, 1, 5, 5})},
       .expected = {Tensor(), Tensor()}},
      {.name = "3x3 of stride 2",
       .op = ops::NhwcConvGradWeight{.pads = {1, 1, 1, 1}, .strides = {2, 2}},
       .inputs = {noise({2, 4, 5, 17}, 1), noise({2, 8, 9, 6}, 2), ones({17, 6, 3, 3})},
       .expected = {Tensor()}},
      {.name = "depthwise",
       .op = ops::NhwcConvGradWeight{.group = 18, .pads = {1, 1, 1, 1}},
       .inputs = {noise({2, 5, 6, 18}, 1), noise({2, 5, 6, 18}, 2), ones({18, 1, 3, 3})},
       .expected = {Tensor(), Tensor()}},
      {.name = "groups",
       .op = ops::NhwcConvGradWeight{.group = 2},
       .inputs = {noise({1, 4, 5, 6}, 1), noise({1, 6, 6, 8}, 2), ones({6, 4, 3, 2})},
       .expected = {Tensor()}},
  };
}

TERN_OP_TEST(NhwcMaxPoolGrad) {
  return {
      {.name = "each window pays its largest element",
       .op = ops::NhwcMaxPoolGrad{.kernel_shape = {1, 2}},
       .inputs = {f32({1, 1, 3, 1}, {1, 10, 100}), f32({1, 1, 4, 1}, {3, 4, 2, 1})},
       .expected = {f32({1, 1, 4, 1}, {0, 11, 100, 0})}},
      {.name = "channels stand last",
       .op = ops::NhwcMaxPoolGrad{.kernel_shape = {1, 2}},
       .inputs = {f32({1, 1, 1, 2}, {5, 6}), f32({1, 1, 2, 2}, {7, 1, 7, 2})},
       .expected = {f32({1, 1, 2, 2}, {5, 0, 0, 6})}},
      {.name = "2x2 of stride 2",
       .op = ops::NhwcMaxPoolGrad{.kernel_shape = {2, 2}, .strides = {2, 2}},
       .inputs = {noise({3, 4, 3, 20}, 1), noise({3, 8, 6, 20}, 2)},
       .expected = {Tensor()}},
      {.name = "pixels that no window reaches",
       .op = ops::NhwcMaxPoolGrad{.kernel_shape = {2, 2}, .strides = {2, 2}},
       .inputs = {noise({2, 3, 2, 9}, 1), noise({2, 7, 5, 9}, 2)},
       .expected = {Tensor()}},
      {.name = "overlapping windows with padding",
       .op = ops::NhwcMaxPoolGrad{.kernel_shape = {3, 3}, .pads = {1, 1, 1, 1}, .strides = {2, 2}},
       .inputs = {noise({2, 4, 3, 70}, 1), noise({2, 7, 6, 70}, 2)},
       .expected = {Tensor()}},
  };
}

TERN_OP_TEST(NhwcAveragePoolGrad) {
  return {
      {.name = "each window spreads its share",
       .op = ops::NhwcAveragePoolGrad{.kernel_shape = {1, 2}},
       .inputs = {f32({1, 1, 2, 2}, {2, 20, 4, 40}), ones({1, 1, 3, 2})},
       .expected = {f32({1, 1, 3, 2}, {1, 10, 3, 30, 2, 20})}},
      {.name = "padding that does not count",
       .op =
           ops::NhwcAveragePoolGrad{
               .kernel_shape = {3, 3}, .pads = {1, 1, 1, 1}, .strides = {2, 2}},
       .inputs = {noise({2, 4, 3, 21}, 1), ones({2, 7, 6, 21})},
       .expected = {Tensor()}},
      {.name = "padding that counts",
       .op = ops::NhwcAveragePoolGrad{.count_include_pad = true,
                                      .kernel_shape = {3, 3},
                                      .pads = {1, 1, 1, 1},
                                      .strides = {2, 2}},
       .inputs = {noise({2, 4, 3, 21}, 1), ones({2, 7, 6, 21})},
       .expected = {Tensor()}},
  };
}

TERN_OP_TEST(NhwcBatchNormalization) {
  const double root5 = std::sqrt(5.0);
  const Tensor zero = f32({1}, {0}), one = f32({1}, {1});
  return {
      {.name = "given statistics",
       .op = ops::NhwcBatchNormalization{.epsilon = 0},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), f32({2}, {2, 3}), f32({2}, {1, -1}), f32({2}, {1, 2}),
                  f32({2}, {4, 9})},
       .expected = {f32({2, 2}, {1, -1, 3, 1})}},
      {.name = "statistics of the batch",
       .op = ops::NhwcBatchNormalization{.epsilon = 0, .momentum = 0.75, .training_mode = true},
       .inputs = {f32({2, 2, 1}, {1, 3, 5, 7}), f32({1}, {2}), f32({1}, {10}), f32({1}, {8}), one},
       .expected = {f32({2, 2, 1},
                        {10 - 6 / root5, 10 - 2 / root5, 10 + 2 / root5, 10 + 6 / root5}),
                    f32({1}, {7}), f32({1}, {2}), f32({1}, {4}), f32({1}, {5})}},
      {.name = "residual, then relu",
       .op = ops::NhwcBatchNormalization{.epsilon = 0, .relu = true},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), f32({2}, {2, 3}), f32({2}, {1, -1}), f32({2}, {1, 2}),
                  f32({2}, {4, 9}), f32({2, 2}, {-5, 1, 1, 0.5})},
       .expected = {f32({2, 2}, {0, 0, 4, 1.5})}},
      {.name = "many channels with residual",
       .op = ops::NhwcBatchNormalization{.relu = true, .training_mode = true},
       .inputs = {noise({3, 9, 10, 21}, 1), noise({21}, 2), noise({21}, 3), noise({21}, 4),
                  ones({21}), noise({3, 9, 10, 21}, 5)},
       .expected = {Tensor(), Tensor(), Tensor(), Tensor(), Tensor()},
       .tolerance = {1e-4, 1e-4},
       .other_dtypes = false},
      {.name = "many channels far from zero",
       .op = ops::NhwcBatchNormalization{.training_mode = true},
       .inputs = {random_values(DType::kF32, {3, 9, 10, 85}, 99, 101), noise({85}, 2),
                  noise({85}, 3), noise({85}, 4), ones({85})},
       .expected = {Tensor(), Tensor(), Tensor(), Tensor(), Tensor()},
       .tolerance = {1e-4, 1e-4},
       .other_dtypes = false},
  };
}

TERN_OP_TEST(NhwcBatchNormalizationGrad) {
  const Tensor dy = f32({4, 1}, {1, 0, 0, 0});
  const Tensor x = f32({4, 1}, {-3, -1, 1, 3});  // mean 0, variance 5
  const double root5 = std::sqrt(5.0);
  return {
      {.name = "given statistics make it linear",
       .op = ops::NhwcBatchNormalizationGrad{.epsilon = 0},
       .inputs = {dy, x, f32({1}, {6}), f32({1}, {1}), f32({1}, {4})},
       .expected = {f32({4, 1}, {3, 0, 0, 0}), f32({1}, {-2}), f32({1}, {1})}},
      // dy - mean(dy) - n mean(dy n) with n = x / sqrt(5), all times scale / sqrt(5).
      {.name = "statistics of the batch",
       .op = ops::NhwcBatchNormalizationGrad{.epsilon = 0, .training_mode = true},
       .inputs = {dy, x, f32({1}, {20}), f32({1}, {0}), f32({1}, {5})},
       .expected = {f32({4, 1}, {6 / root5, -8 / root5, -2 / root5, 4 / root5}),
                    f32({1}, {-3 / root5}), f32({1}, {1})}},
      {.name = "many channels",
       .op = ops::NhwcBatchNormalizationGrad{.training_mode = true},
       .inputs = {noise({3, 9, 10, 85}, 1), noise({3, 9, 10, 85}, 2), noise({85}, 3),
                  noise({85}, 4), ones({85})},
       .expected = {Tensor(), Tensor(), Tensor()},
       .tolerance = {1e-4, 1e-4},
       .other_dtypes = false},
  };
}

TERN_OP_TEST(GeluGrad) {
  // The slope of x Phi(x) is Phi(x) + x phi(x): 1/2 at 0; at 1 with Phi = 0.8413447461 and
  // phi = 0.2419707245. That of the approximation at 1 (x = 1, u = 0.8336484, t = 0.6823839)
  // is (1 + t) / 2 + (1 - t^2) u' / 2 with u' = 0.7978846 * 1.134145.
  const double t = std::tanh(std::sqrt(2 / M_PI) * 1.044715);
  return {
      {.name = "exact",
       .op = ops::GeluGrad{},
       .inputs = {f32({3}, {2, 1, 1}), f32({3}, {0, 1, -1})},
       .expected = {f32({3}, {1, 1.0833154706, -0.0833154706})}},
      {.name = "approximated by tanh",
       .op = ops::GeluGrad{.approximate = ops::GeluApproximation::kTanh},
       .inputs = {f32({2}, {2, 1}), f32({2}, {0, 1})},
       .expected = {f32({2}, {1, (1 + t) / 2 + (1 - t * t) / 2 * std::sqrt(2 / M_PI) * 1.134145})}},
      {.name = "vectors, exact",
       .op = ops::GeluGrad{},
       .inputs = {noise({3, 37}, 1), random_values(DType::kF32, {3, 37}, -6, 6)},
       .expected = {Tensor()}},
      {.name = "vectors, approximated",
       .op = ops::GeluGrad{.approximate = ops::GeluApproximation::kTanh},
       .inputs = {noise({3, 37}, 1), random_values(DType::kF32, {3, 37}, -6, 6)},
       .expected = {Tensor()}},
  };
}

TERN_OP_TEST(SoftmaxGrad) {
  return {
      {.name = "rows",  // sums 1/4 * 4 + 3/4 * 8 = 7 and 3
       .op = ops::SoftmaxGrad{},
       .inputs = {f32({2, 2}, {4, 8, 3, 5}), f32({2, 2}, {0.25, 0.75, 1, 0})},
       .expected = {f32({2, 2}, {-0.75, 0.75, 0, 0})}},
      {.name = "along another axis",
       .op = ops::SoftmaxGrad{.axis = 0},
       .inputs = {f32({2, 1}, {4, 8}), f32({2, 1}, {0.25, 0.75})},
       .expected = {f32({2, 1}, {-0.75, 0.75})}},
      {.name = "vectors",
       .op = ops::SoftmaxGrad{},
       .inputs = {noise({5, 77}, 1), noise({5, 77}, 2)},
       .expected = {Tensor()}},
  };
}

TERN_OP_TEST(TransposedMatMul) {
  const Tensor a = f32({2, 3}, {1, 2, 3, 4, 5, 6}), b = f32({3, 2}, {1, 0, 0, 1, 1, 1});
  const Tensor a_t = f32({3, 2}, {1, 4, 2, 5, 3, 6}), b_t = f32({2, 3}, {1, 0, 1, 0, 1, 1});
  const Tensor y = f32({2, 2}, {4, 5, 10, 11});
  return {
      {.name = "as it is", .op = ops::TransposedMatMul{}, .inputs = {a, b}, .expected = {y}},
      {.name = "A exchanged",
       .op = ops::TransposedMatMul{.trans_a = true},
       .inputs = {a_t, b},
       .expected = {y}},
      {.name = "B exchanged, scaled",
       .op = ops::TransposedMatMul{.alpha = 2, .trans_b = true},
       .inputs = {a, b_t},
       .expected = {f32({2, 2}, {8, 10, 20, 22})}},
      {.name = "both exchanged",
       .op = ops::TransposedMatMul{.trans_a = true, .trans_b = true},
       .inputs = {a_t, b_t},
       .expected = {y}},
      {.name = "batches broadcast",
       .op = ops::TransposedMatMul{.trans_b = true},
       .inputs = {f32({2, 1, 1, 2}, {1, 2, 3, 4}), f32({2, 1, 2}, {1, 1, 2, 3})},
       .expected = {f32({2, 2, 1, 1}, {3, 8, 7, 18})}},
      {.name = "many matrices",
       .op = ops::TransposedMatMul{.alpha = 0.5, .trans_b = true},
       .inputs = {noise({2, 5, 17, 9}, 1), noise({2, 5, 33, 9}, 2)},
       .expected = {Tensor()}},
      {.name = "one matrix for all rows",
       .op = ops::TransposedMatMul{.trans_b = true},
       .inputs = {noise({3, 17, 40}, 1), noise({70, 40}, 2)},
       .expected = {Tensor()}},
      {.name = "a long sum",
       .op = ops::TransposedMatMul{.trans_a = true},
       .inputs = {noise({700, 30}, 1), noise({700, 90}, 2)},
       .expected = {Tensor()},
       .tolerance = {1e-4, 1e-4},
       .other_dtypes = false},
  };
}

TEST(TransposedMatMul, RefusesWhatDoesNotFit) {
  expect_refused(ops::TransposedMatMul{.trans_a = true}, {ones({2, 3}), ones({3, 2})},
                 "A' has 2 columns and B' has 3 rows");
  expect_refused(ops::TransposedMatMul{}, {ones({2}), ones({2, 1})}, "A has rank 1");
}

TEST(NhwcBatchNormalization, RefusesParametersOfAnotherSize) {
  const Tensor x = ones({1, 2, 3}), two = ones({2}), three = ones({3});
  expect_refused(ops::NhwcBatchNormalization{}, {x, three, two, three, three},
                 "B has 2 entries for 3 channels");
  expect_refused(ops::NhwcBatchNormalizationGrad{}, {x, x, two, three, three},
                 "scale has 2 entries for 3 channels");
}

}  // namespace tern::testing

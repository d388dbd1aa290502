#include <cmath>

#include "tern/ops/nn_grad.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(BatchNormalization) {
  const double root5 = std::sqrt(5.0);
  const Tensor zero = f32({1}, {0}), one = f32({1}, {1});
  return {
      {.name = "given statistics",
       .op = ops::BatchNormalization{.epsilon = 0},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), f32({2}, {2, 3}), f32({2}, {1, -1}), f32({2}, {1, 2}),
                  f32({2}, {4, 9})},
       .expected = {f32({2, 2}, {1, -1, 3, 1})},
       .constant_inputs = {3, 4}},
      {.name = "epsilon joins the variance",
       .op = ops::BatchNormalization{.epsilon = 3},
       .inputs = {f32({1, 1, 2}, {4, 8}), one, zero, zero, one},
       .expected = {f32({1, 1, 2}, {2, 4})},
       .constant_inputs = {3, 4}},
      {.name = "statistics of the batch",
       .op = ops::BatchNormalization{.epsilon = 0, .training_mode = true},
       .inputs = {f32({2, 1, 2}, {1, 3, 5, 7}), f32({1}, {2}), f32({1}, {10}), zero, one},
       .expected = {f32({2, 1, 2},
                        {10 - 6 / root5, 10 - 2 / root5, 10 + 2 / root5, 10 + 6 / root5})}},
      {.name = "running statistics",
       .op = ops::BatchNormalization{.epsilon = 0, .momentum = 0.75, .training_mode = true},
       .inputs = {f32({2, 1, 2}, {1, 3, 5, 7}), one, zero, f32({1}, {8}), f32({1}, {1})},
       .expected = {f32({2, 1, 2}, {-3 / root5, -1 / root5, 1 / root5, 3 / root5}), f32({1}, {7}),
                    f32({1}, {2})},
       .gradient = false},
      {.name = "a vector is one channel",
       .op = ops::BatchNormalization{.epsilon = 0},
       .inputs = {f32({3}, {1, 2, 3}), one, zero, f32({1}, {2}), f32({1}, {4})},
       .expected = {f32({3}, {-0.5, 0, 0.5})},
       .constant_inputs = {3, 4}},
      {.name = "channels are kept apart",
       .op = ops::BatchNormalization{.training_mode = true},
       .inputs = {random_values(DType::kF32, {3, 2, 2, 2}), f32({2}, {1, 2}), f32({2}, {3, 4}),
                  f32({2}, {0, 0}), f32({2}, {1, 1})},
       .expected = {Tensor()}},
  };
}

TERN_OP_TEST(BatchNormalizationGrad) {
  const Tensor dy = f32({4, 1}, {1, 0, 0, 0});
  const Tensor x = f32({4, 1}, {-3, -1, 1, 3});  // mean 0, variance 5
  const double root5 = std::sqrt(5.0);
  return {
      {.name = "given statistics make it linear",
       .op = ops::BatchNormalizationGrad{.epsilon = 0},
       .inputs = {dy, x, f32({1}, {6}), f32({1}, {1}), f32({1}, {4})},
       .expected = {f32({4, 1}, {3, 0, 0, 0}), f32({1}, {-2}), f32({1}, {1})}},
      // dy - mean(dy) - n mean(dy n) with n = x / sqrt(5), all times scale / sqrt(5).
      {.name = "statistics of the batch",
       .op = ops::BatchNormalizationGrad{.epsilon = 0, .training_mode = true},
       .inputs = {dy, x, f32({1}, {20})},
       .expected = {f32({4, 1}, {6 / root5, -8 / root5, -2 / root5, 4 / root5}),
                    f32({1}, {-3 / root5}), f32({1}, {1})}},
  };
}

TEST(BatchNormalization, RefusesParametersOfAnotherSize) {
  const Tensor x = f32({1, 3}, {1, 2, 3}), two = f32({2}, {1, 1}), three = f32({3}, {1, 1, 1});
  expect_refused(ops::BatchNormalization{}, {x, three, two, three, three},
                 "B has 2 entries for 3 channels");
}

}  // namespace tern::testing

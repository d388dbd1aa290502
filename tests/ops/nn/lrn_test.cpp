#include <cmath>

#include "tern/ops/nn_grad.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(LRN) {
  return {
      // Bases 1 + 3 / 3 * (sum of squares of a channel and its neighbours): 6, 15, 14.
      {.name = "neighbours on both sides",
       .op = ops::LRN{.alpha = 3, .beta = 1, .size = 3},
       .inputs = {f32({1, 3, 1}, {1, 2, 3})},
       .expected = {f32({1, 3, 1}, {1.0 / 6, 2.0 / 15, 3.0 / 14})}},
      // Of an even number the one above counts: 1 + 1 + 4, 1 + 4 + 9, 1 + 9.
      {.name = "an even size looks up",
       .op = ops::LRN{.alpha = 2, .beta = 1, .size = 2},
       .inputs = {f32({1, 3, 1}, {1, 2, 3})},
       .expected = {f32({1, 3, 1}, {1.0 / 6, 2.0 / 14, 3.0 / 10})}},
      {.name = "power and bias",
       .op = ops::LRN{.alpha = 1, .beta = 0.5, .bias = 5, .size = 1},
       .inputs = {f32({2, 1, 2}, {2, 0, 1, -2})},
       .expected = {f32({2, 1, 2}, {2.0 / 3, 0, 1 / std::sqrt(6.0), -2.0 / 3})}},
      {.name = "larger than the channels",
       .op = ops::LRN{.alpha = 9, .beta = 1, .size = 9},
       .inputs = {f32({1, 2, 2}, {1, 2, 3, 4})},
       .expected = {f32({1, 2, 2}, {1.0 / 11, 2.0 / 21, 3.0 / 11, 4.0 / 21})}},
      {.name = "several images",
       .op = ops::LRN{.alpha = 0.5, .size = 4},
       .inputs = {random_values(DType::kF32, {2, 5, 2, 2})},
       .expected = {Tensor()}},
  };
}

TERN_OP_TEST(LRNGrad) {
  // One channel: y = x / (1 + x^2), so dx = dy (1 - x^2) / (1 + x^2)^2.
  return {{.name = "one channel",
           .op = ops::LRNGrad{.alpha = 1, .beta = 1, .size = 1},
           .inputs = {f32({1, 1, 2}, {1, 25}), f32({1, 1, 2}, {1, 2})},
           .expected = {f32({1, 1, 2}, {0, -3})}}};
}

TEST(LRN, RefusesWhatDoesNotFit) {
  expect_refused(ops::LRN{.size = 0}, {f32({1, 1}, {1})}, "size is 0");
  expect_refused(ops::LRN{.size = 1}, {f32({1}, {1})}, "rank 1");
}

}  // namespace tern::testing

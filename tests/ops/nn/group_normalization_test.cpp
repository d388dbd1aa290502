#include <cmath>

#include "tern/ops/nn.h"
#include "tern/ops/norm.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(GroupNormalization) {
  const double r = 1 / std::sqrt(1.25);  // of 1, 2, 3, 4
  return {
      {.name = "two groups",
       .op = ops::GroupNormalization{.epsilon = 0, .num_groups = 2},
       .inputs = {f32({1, 4, 2}, {1, 2, 3, 4, 7, 7, 9, 9}), f32({4}, {1, 2, 1, 10}),
                  f32({4}, {0, 0, 5, 0})},
       .expected = {f32({1, 4, 2}, {-1.5 * r, -0.5 * r, r, 3 * r, 4, 4, 10, 10})},
       .tolerance = {1e-5, 1e-5}},
      {.name = "epsilon joins the variance",
       .op = ops::GroupNormalization{.epsilon = 3, .num_groups = 1},
       .inputs = {f32({1, 2}, {-1, 1}), f32({2}, {1, 1}), f32({2}, {0, 0})},
       .expected = {f32({1, 2}, {-0.5, 0.5})}},
      {.name = "several images",
       .op = ops::GroupNormalization{.num_groups = 2},
       .inputs = {random_values(DType::kF32, {2, 4, 3, 2}), f32({4}, {1, 2, 3, 4}),
                  f32({4}, {0, 1, 0, 1})},
       .expected = {Tensor()}},
  };
}

TERN_OP_TEST(InstanceNormalization) {
  const double r = 1 / std::sqrt(1.25);
  return {
      {.name = "every channel by itself",
       .op = ops::InstanceNormalization{.epsilon = 0},
       .inputs = {f32({1, 2, 2, 2}, {1, 2, 3, 4, 7, 7, 9, 9}), f32({2}, {1, 2}), f32({2}, {0, 5})},
       .expected = {f32({1, 2, 2, 2}, {-1.5 * r, -0.5 * r, 0.5 * r, 1.5 * r, 3, 3, 7, 7})}},
      {.name = "several images",
       .op = ops::InstanceNormalization{},
       .inputs = {random_values(DType::kF32, {3, 2, 4}), f32({2}, {1, 2}), f32({2}, {0, 5})},
       .expected = {Tensor()}},
  };
}

TERN_OP_TEST(GroupNormalizationGrad) {
  // With n = (-1, -1, 1, 1) and g = dy * scale: dx = g - mean(g) - n mean(g n).
  return {
      {.name = "one group of two channels",
       .op = ops::GroupNormalizationGrad{.epsilon = 0, .num_groups = 1},
       .inputs = {f32({1, 2, 2}, {1, 2, 3, 4}), f32({1, 2, 2}, {2, 2, 4, 4}), f32({2}, {1, 1})},
       .expected = {f32({1, 2, 2}, {-0.5, 0.5, -0.5, 0.5}), f32({2}, {-3, 7}), f32({2}, {3, 7})}},
      {.name = "channels as groups",
       .op = ops::GroupNormalizationGrad{.epsilon = 0},
       .inputs = {f32({1, 1, 4}, {1, 2, 3, 4}), f32({1, 1, 4}, {2, 2, 4, 4}), f32({1}, {2})},
       .expected = {f32({1, 1, 4}, {-1, 1, -1, 1}), f32({1}, {4}), f32({1}, {10})}},
  };
}

TEST(GroupNormalization, RefusesWhatDoesNotFit) {
  const Tensor x = f32({1, 3, 2}, {1, 2, 3, 4, 5, 6});
  const Tensor three = f32({3}, {1, 1, 1}), two = f32({2}, {1, 1});
  expect_refused(ops::GroupNormalization{.num_groups = 2}, {x, three, three},
                 "3 channels cannot be split into 2 groups");
  expect_refused(ops::GroupNormalization{.num_groups = 0}, {x, three, three}, "num_groups is 0");
  expect_refused(ops::GroupNormalization{.num_groups = 3}, {x, two, three},
                 "scale has 2 entries for 3 channels");
  expect_refused(ops::InstanceNormalization{}, {x, three, two}, "bias has 2 entries");
}

}  // namespace tern::testing

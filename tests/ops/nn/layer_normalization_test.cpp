#include <cmath>

#include "tern/ops/nn_grad.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(LayerNormalization) {
  const double r = 1 / std::sqrt(1.25);
  return {
      // Rows of mean 2.5, variance 1.25 and mean 3, variance 1.
      {.name = "scale and bias",
       .op = ops::LayerNormalization{.epsilon = 0},
       .inputs = {f32({2, 4}, {1, 2, 3, 4, 2, 2, 4, 4}), f32({4}, {1, 1, 1, 2}),
                  f32({4}, {0, 0, 10, 0})},
       .expected = {f32({2, 4}, {-1.5 * r, -0.5 * r, 10 + 0.5 * r, 3 * r, -1, -1, 11, 2})}},
      {.name = "statistics",
       .op = ops::LayerNormalization{.epsilon = 0},
       .inputs = {f32({2, 4}, {1, 2, 3, 4, 2, 2, 4, 4}), f32({4}, {1, 1, 1, 1})},
       .expected = {f32({2, 4}, {-1.5 * r, -0.5 * r, 0.5 * r, 1.5 * r, -1, -1, 1, 1}),
                    f32({2, 1}, {2.5, 3}), f32({2, 1}, {r, 1})},
       .gradient = false},
      {.name = "several axes",
       .op = ops::LayerNormalization{.axis = 1, .epsilon = 0},
       .inputs = {f32({1, 2, 2}, {2, 2, 4, 4}), f32({2, 2}, {1, 2, 3, 4})},
       .expected = {f32({1, 2, 2}, {-1, -2, 3, 4})}},
      {.name = "parameters broadcast",
       .op = ops::LayerNormalization{.axis = 1, .epsilon = 0},
       .inputs = {f32({1, 2, 2}, {2, 2, 4, 4}), f32({2, 1}, {1, 3}), f32({}, {1})},
       .expected = {f32({1, 2, 2}, {0, 0, 4, 4})}},
      {.name = "epsilon joins the variance",
       .op = ops::LayerNormalization{.epsilon = 3},
       .inputs = {f32({2}, {-1, 1}), f32({1}, {1})},
       .expected = {f32({2}, {-0.5, 0.5})}},
  };
}

TERN_OP_TEST(LayerNormalizationGrad) {
  // With n = (-1, -1, 1, 1) and g = dy * scale: dx = g - mean(g) - n mean(g n).
  return {
      {.name = "one row",
       .op = ops::LayerNormalizationGrad{.epsilon = 0},
       .inputs = {f32({1, 4}, {1, 2, 3, 4}), f32({1, 4}, {2, 2, 4, 4}), f32({4}, {4, 0, 0, 1})},
       .expected = {f32({1, 4}, {2, -2, -2, 2}), f32({4}, {-1, -2, 3, 4}), f32({4}, {1, 2, 3, 4})}},
      {.name = "rows add up",
       .op = ops::LayerNormalizationGrad{.epsilon = 0},
       .inputs = {f32({2, 2}, {1, 2, 10, 20}), f32({2, 2}, {0, 2, 2, 0}), f32({2}, {1, 1})},
       .expected = {f32({2, 2}, {0, 0, 0, 0}), f32({2}, {9, -18}), f32({2}, {11, 22})}},
  };
}

TEST(LayerNormalization, RefusesWhatDoesNotFit) {
  const Tensor x = f32({1, 3}, {1, 2, 3});
  expect_refused(ops::LayerNormalization{}, {x, f32({2}, {1, 1})}, "Scale has 2 where X has 3");
  expect_refused(ops::LayerNormalization{.axis = 2}, {x, f32({3}, {1, 1, 1})}, "axis 2 for rank 2");
}

}  // namespace tern::testing

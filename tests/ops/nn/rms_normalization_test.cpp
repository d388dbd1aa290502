#include <cmath>

#include "tern/ops/nn_grad.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(RMSNormalization) {
  return {
      // Mean squares 25 and 4.
      {.name = "rows",
       .op = ops::RMSNormalization{.epsilon = 0},
       .inputs = {f32({2, 2}, {1, 7, 2, -2}), f32({2}, {5, 10})},
       .expected = {f32({2, 2}, {1, 14, 5, -10})}},
      {.name = "epsilon joins the mean square",
       .op = ops::RMSNormalization{.epsilon = 3},
       .inputs = {f32({1, 2}, {1, -1}), f32({1}, {1})},
       .expected = {f32({1, 2}, {0.5, -0.5})}},
      {.name = "several axes, a scale that broadcasts",
       .op = ops::RMSNormalization{.axis = 1, .epsilon = 0},
       .inputs = {f32({1, 2, 2}, {1, 1, 7, 7}), f32({2, 1}, {5, 10})},
       .expected = {f32({1, 2, 2}, {1, 1, 14, 14})}},
      {.name = "a scale per row",
       .op = ops::RMSNormalization{.epsilon = 0},
       .inputs = {f32({2, 2}, {1, 7, 2, -2}), f32({2, 1}, {5, 2})},
       .expected = {f32({2, 2}, {1, 7, 2, -2})}},
      {.name = "many rows",
       .op = ops::RMSNormalization{},
       .inputs = {random_values(DType::kF32, {3, 2, 5}), random_values(DType::kF32, {5}, 0.5, 2)},
       .expected = {Tensor()}},
  };
}

TERN_OP_TEST(RMSNormalizationGrad) {
  // x = (3, 4) sqrt 2 has the root mean square 5, r = 1 / 5; g = dy scale = (10, 0):
  // dx = r (g - x r^2 mean(g x)) with mean(g x) = 15 sqrt 2, dscale = dy x r.
  const double root2 = std::sqrt(2.0);
  return {{.name = "one row",
           .op = ops::RMSNormalizationGrad{.epsilon = 0},
           .inputs = {f32({1, 2}, {5, 0}), f32({1, 2}, {3 * root2, 4 * root2}), f32({2}, {2, 1})},
           .expected = {f32({1, 2}, {2 - 18.0 / 25, -24.0 / 25}), f32({2}, {3 * root2, 0})}}};
}

TEST(RMSNormalization, RefusesWhatDoesNotFit) {
  const Tensor x = f32({1, 3}, {1, 2, 3});
  expect_refused(ops::RMSNormalization{}, {x, f32({2}, {1, 1})}, "scale has 2 where X has 3");
  expect_refused(ops::RMSNormalization{.axis = 2}, {x, f32({3}, {1, 1, 1})}, "axis 2 for rank 2");
}

}  // namespace tern::testing

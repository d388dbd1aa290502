#include <cmath>

#include "tern/ops/train.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(AdamUpdate) {
  const Tensor w = f32({2}, {1, 2}), zero = f32({2}, {0, 0}), rate = f32({}, {0.125});
  // In the first step the corrected moments are g and g^2, so the step is rate * sign(g).
  const Tensor g = f32({2}, {10, -20});
  // beta1 = 1/2, beta2 = 3/4, second step with M = (2, -2), V = (4, 4) and g = 2: M = 2 and 0,
  // V = 4; corrections 3/4 and 7/16.
  const double size = std::sqrt(4 / (7.0 / 16));
  return {
      {.name = "first step",
       .op = ops::AdamUpdate{.beta1 = 0.5, .beta2 = 0.75, .epsilon = 0},
       .inputs = {w, g, rate, i64({}, {1}), zero, zero},
       .expected = {f32({2}, {0.875, 2.125}), f32({2}, {5, -10}), f32({2}, {25, 100})}},
      {.name = "second step",
       .op = ops::AdamUpdate{.beta1 = 0.5, .beta2 = 0.75, .epsilon = 0},
       .inputs = {w, f32({2}, {2, 2}), rate, i64({}, {2}), f32({2}, {2, -2}), f32({2}, {4, 4})},
       .expected = {f32({2}, {1 - 0.125 * (2 / 0.75) / size, 2}), f32({2}, {2, 0}),
                    f32({2}, {4, 4})}},
      {.name = "weight decay joins the gradient",  // gradients 10 + 2, -20 + 4
       .op = ops::AdamUpdate{.beta1 = 0.5, .beta2 = 0.75, .epsilon = 0, .weight_decay = 2},
       .inputs = {w, g, rate, i64({}, {1}), zero, zero},
       .expected = {f32({2}, {0.875, 2.125}), f32({2}, {6, -8}), f32({2}, {36, 64})}},
      {.name = "decoupled weight decay shrinks the weight",
       .op = ops::AdamUpdate{.beta1 = 0.5,
                             .beta2 = 0.75,
                             .decoupled_weight_decay = true,
                             .epsilon = 0,
                             .weight_decay = 2},
       .inputs = {w, g, rate, i64({}, {1}), zero, zero},
       .expected = {f32({2}, {0.625, 1.625}), f32({2}, {5, -10}), f32({2}, {25, 100})}},
      {.name = "epsilon stands outside the root",
       .op = ops::AdamUpdate{.beta1 = 0.5, .beta2 = 0.75, .epsilon = 30},
       .inputs = {w, g, rate, i64({}, {1}), zero, zero},
       .expected = {f32({2}, {1 - 0.125 * 10 / 40, 2 + 0.125 * 20 / 50}), f32({2}, {5, -10}),
                    f32({2}, {25, 100})}},
  };
}

TEST(AdamUpdate, RefusesStepZero) {
  const Tensor one = f32({1}, {1});
  expect_refused(ops::AdamUpdate{}, {one, one, one, i64({}, {0}), one, one}, "step 0 is below 1",
                 3);
}

}  // namespace tern::testing

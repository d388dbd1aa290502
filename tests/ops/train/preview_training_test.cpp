#include <cmath>

#include "tern/ops/preview_training.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Adagrad) {
  const Tensor rate = f32({}, {2});
  return {
      // g = 3 + 0.5 * 2 = 4, h = 9 + 16 = 25, r = 2 / (1 + 3 / 3) = 1: x = 2 - 4 / 5.
      {.name = "decay and norm",
       .op = ops::Adagrad{.decay_factor = 1.0F / 3, .norm_coefficient = 0.5},
       .inputs = {rate, i64({}, {3}), f32({1}, {2}), f32({1}, {3}), f32({1}, {9})},
       .expected = {f32({1}, {1.2}), f32({1}, {25})}},
      {.name = "two parameters",
       .op = ops::Adagrad{.epsilon = 1},
       .inputs = {rate, i64({}, {0}), f32({1}, {5}), f32({2}, {6, 7}), f32({1}, {4}),
                  f32({2}, {0, 3}), f32({1}, {0}), f32({2}, {1, 16})},
       .expected = {f32({1}, {5 - 8.0 / 5}), f32({2}, {6, 7 - 6.0 / 6}), f32({1}, {16}),
                    f32({2}, {1, 25})}},
  };
}

TERN_OP_TEST(Adam) {
  const std::vector<Tensor> one{f32({}, {0.1}), i64({}, {0}),  f32({1}, {5}),
                                f32({1}, {4}),  f32({1}, {8}), f32({1}, {32})};
  std::vector<Tensor> later = one;
  later[1] = i64({}, {2});
  return {
      // v = (8 + 4) / 2 = 6, h = (32 + 16) / 2 = 24.
      {.name = "the first step",
       .op = ops::Adam{.alpha = 0.5, .beta = 0.5},
       .inputs = one,
       .expected = {f32({1}, {5 - 0.6 / std::sqrt(24.0)}), f32({1}, {6}), f32({1}, {24})}},
      // r = 0.1 sqrt(1 - 1 / 4) / (1 - 1 / 4)
      {.name = "later, and shrunk afterwards",
       .op = ops::Adam{.alpha = 0.5, .beta = 0.5, .epsilon = 1, .norm_coefficient_post = 0.1},
       .inputs = later,
       .expected = {f32({1}, {0.9 * (5 - 0.6 / std::sqrt(0.75) / (std::sqrt(24.0) + 1))}),
                    f32({1}, {6}), f32({1}, {24})}},
  };
}

TERN_OP_TEST(Momentum) {
  const auto inputs = [](std::int64_t updates) {
    return std::vector<Tensor>{f32({}, {0.5}), i64({}, {updates}), f32({1}, {10}), f32({1}, {1}),
                               f32({1}, {4})};
  };
  return {
      // g = 1 + 0.1 * 10 = 2; v = 0.5 * 4 + 2 the first time, else 0.5 * 4 + 0.25 * 2.
      {.name = "the first step",
       .op = ops::Momentum{.alpha = 0.5, .beta = 0.25, .norm_coefficient = 0.1},
       .inputs = inputs(0),
       .expected = {f32({1}, {8}), f32({1}, {4})}},
      {.name = "later",
       .op = ops::Momentum{.alpha = 0.5, .beta = 0.25, .norm_coefficient = 0.1},
       .inputs = inputs(1),
       .expected = {f32({1}, {8.75}), f32({1}, {2.5})}},
      {.name = "nesterov",
       .op = ops::Momentum{.alpha = 0.5,
                           .beta = 0.25,
                           .mode = ops::MomentumMode::kNesterov,
                           .norm_coefficient = 0.1},
       .inputs = inputs(1),
       .expected = {f32({1}, {10 - 0.5 * (2 + 1.25)}), f32({1}, {2.5})}},
  };
}

TEST(PreviewTraining, RefusesWhatDoesNotFit) {
  const Tensor rate = f32({}, {1}), updates = i64({}, {0}), x = f32({1}, {1});
  expect_refused(ops::Adam{}, {rate, updates, x, x, x}, "3 inputs after R and T are no 4 groups");
  expect_refused(ops::Adagrad{}, {rate, updates, x, f32({2}, {1, 2}), x}, "input 3");
  expect_refused(ops::Momentum{}, {f32({2}, {1, 1}), updates, x, x, x}, "R");
}

}  // namespace tern::testing

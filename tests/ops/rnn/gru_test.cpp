#include <cmath>

#include "tern/ops/rnn.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

using ops::RecurrentDirection;

Tensor any(const Shape& shape, std::uint64_t seed) {
  return random_values(DType::kF32, shape, -1, 1, seed);
}
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

std::vector<OpCase> options() {
  std::vector<OpCase> cases;
  const Tensor none;
  for (const bool linear : {false, true}) {
    const std::string how = linear ? ", linear before reset" : "";
    cases.push_back({.name = "both directions" + how,
                     .op = ops::GRU{.direction = RecurrentDirection::kBidirectional,
                                    .linear_before_reset = linear},
                     .inputs = {any({3, 2, 2}, 1), any({2, 9, 2}, 2), any({2, 9, 3}, 3),
                                any({2, 18}, 4), i32({2}, {3, 1}), any({2, 2, 3}, 5)},
                     .expected = {Tensor(), Tensor()}});
    cases.push_back({.name = "other activations, clipped, sequences in front" + how,
                     .op = ops::GRU{.activations = {"HardSigmoid", "Softsign"},
                                    .clip = 0.9F,
                                    .direction = RecurrentDirection::kReverse,
                                    .layout = 1,
                                    .linear_before_reset = linear},
                     .inputs = {any({2, 3, 2}, 6), any({1, 6, 2}, 7), any({1, 6, 2}, 8)},
                     .expected = {Tensor(), Tensor()}});
  }
  return cases;
}

}  // namespace

TERN_OP_TEST(GRU) {
  // One unit: z = f(0.5 x + 0.1 h + 0.3), r = f(-x + 0.2 h - 0.4).
  const double x = 0.7, h = 0.4;
  const double z = sigmoid(0.5 * x + 0.1 * h + 0.3), r = sigmoid(-x + 0.2 * h - 0.4);
  const double n = std::tanh(2 * x + 0.6 * (r * h) + 0.1 + 0.2);
  const double m = std::tanh(2 * x + 0.1 + r * (0.6 * h + 0.2));
  const std::vector<Tensor> inputs{f32({1, 1, 1}, {x}),
                                   f32({1, 3, 1}, {0.5, -1, 2}),
                                   f32({1, 3, 1}, {0.1, 0.2, 0.6}),
                                   f32({1, 6}, {0.1, -0.4, 0.1, 0.2, 0, 0.2}),
                                   Tensor(),
                                   f32({1, 1, 1}, {h})};
  std::vector<OpCase> cases{
      {.name = "one step",
       .op = ops::GRU{.hidden_size = 1},
       .inputs = inputs,
       .expected = {f32({1, 1, 1, 1}, {(1 - z) * n + z * h}),
                    f32({1, 1, 1}, {(1 - z) * n + z * h})}},
      {.name = "one step, linear before reset",
       .op = ops::GRU{.linear_before_reset = true},
       .inputs = inputs,
       .expected = {f32({1, 1, 1, 1}, {(1 - z) * m + z * h})}},
      // With z = 1/2, r = 1/2 and the identity: h' = (n + h) / 2, n = x + R (h / 2).
      {.name = "the reset state goes through the weights",
       .op = ops::GRU{.activation_alpha = {0, 1},
                      .activation_beta = {0.5},
                      .activations = {"Affine", "Affine"}},
       .inputs = {f32({2, 1, 1}, {1, 2}), f32({1, 6, 1}, {0, 0, 0, 0, 1, 2}),
                  f32({1, 6, 2}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 0})},
       .expected = {f32({2, 1, 1, 2}, {0.5, 1, 1.75, 3})}},
  };
  for (OpCase& test : options()) cases.push_back(std::move(test));
  return cases;
}

TERN_OP_TEST(GRUGrad) {
  // z = 1/2 and no weights on h: y = (w x + h) / 2.
  return {
      {.name = "half of the state is kept",
       .op = ops::GRUGrad{.activation_alpha = {0, 1},
                          .activation_beta = {0.5},
                          .activations = {"Affine", "Affine"}},
       .inputs = {f32({2, 1, 1, 1}, {0, 8}), Tensor(), f32({2, 1, 1}, {3, 5}),
                  f32({1, 3, 1}, {0, 0, 2}), f32({1, 3, 1}, {0, 0, 0})},
       .expected = {f32({2, 1, 1}, {4, 8}), f32({1, 3, 1}, {0, 0, 26}), f32({1, 3, 1}, {0, 0, 6}),
                    f32({1, 6}, {0, 0, 6, 0, 0, 6}), f32({1, 1, 1}, {2})}}};
}

TEST(GRU, RefusesWhatDoesNotFit) {
  const Tensor x = f32({1, 1, 1}, {1}), w = f32({1, 3, 1}, {1, 1, 1}), r = w;
  expect_refused(ops::GRU{}, {x, w, f32({1, 1, 1}, {1})}, "R has 1 on axis 1, not 3");
  expect_refused(ops::GRU{.activations = {"Sigmoid"}}, {x, w, r}, "1 names for 2");
  expect_refused(ops::GRU{.clip = -1.0F}, {x, w, r}, "clip is -1");
}

}  // namespace tern::testing

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

// One unit with weights i, o, f, c: W (0.5, -1, 2, 0.3), R (0.1, 0.2, 0.6, -0.7), biases for W
// (0.1, -0.4, 0.1, 0), for R (0.2, 0, 0.2, 0.5), peepholes i, o, f (0.3, -0.2, 0.4).
struct OneUnit {
  double h = 0.4, c = -0.6;
  bool peeps = false, couples = false;

  void step(double x) {
    const double pi = peeps ? 0.3 : 0, po = peeps ? -0.2 : 0, pf = peeps ? 0.4 : 0;
    const double i = sigmoid(0.5 * x + 0.1 * h + pi * c + 0.3);
    const double f = couples ? 1 - i : sigmoid(2 * x + 0.6 * h + pf * c + 0.3);
    const double o_without_peephole = -x + 0.2 * h - 0.4;
    c = f * c + i * std::tanh(0.3 * x - 0.7 * h + 0.5);
    h = sigmoid(o_without_peephole + po * c) * std::tanh(c);
  }
};

std::vector<Tensor> one_unit_inputs(bool peepholes) {
  return {f32({2, 1, 1}, {0.7, -0.2}),
          f32({1, 4, 1}, {0.5, -1, 2, 0.3}),
          f32({1, 4, 1}, {0.1, 0.2, 0.6, -0.7}),
          f32({1, 8}, {0.1, -0.4, 0.1, 0, 0.2, 0, 0.2, 0.5}),
          Tensor(),
          f32({1, 1, 1}, {0.4}),
          f32({1, 1, 1}, {-0.6}),
          peepholes ? f32({1, 3}, {0.3, -0.2, 0.4}) : Tensor()};
}

OpCase one_unit(std::string name, bool peepholes, bool couples) {
  OneUnit unit{.peeps = peepholes, .couples = couples};
  unit.step(0.7);
  const double first = unit.h;
  unit.step(-0.2);
  return {.name = std::move(name),
          .op = ops::LSTM{.input_forget = couples},
          .inputs = one_unit_inputs(peepholes),
          .expected = {f32({2, 1, 1, 1}, {first, unit.h}), f32({1, 1, 1}, {unit.h}),
                       f32({1, 1, 1}, {unit.c})}};
}

}  // namespace

TERN_OP_TEST(LSTM) {
  const Tensor none;
  std::vector<Tensor> both{any({3, 2, 2}, 1), any({2, 12, 2}, 2), any({2, 12, 3}, 3),
                           any({2, 24}, 4),   i32({2}, {3, 1}),   any({2, 2, 3}, 5),
                           any({2, 2, 3}, 6), any({2, 9}, 7)};
  return {
      one_unit("one unit", false, false),
      one_unit("peepholes", true, false),
      one_unit("input and forget gate are one", true, true),
      {.name = "both directions, different lengths",
       .op = ops::LSTM{.direction = RecurrentDirection::kBidirectional},
       .inputs = both,
       .expected = {none, none, none}},
      {.name = "other activations, coupled gates, sequences in front",
       .op = ops::LSTM{.activation_alpha = {0.3F},
                       .activations = {"HardSigmoid", "Softsign", "ScaledTanh"},
                       .direction = RecurrentDirection::kReverse,
                       .input_forget = true,
                       .layout = 1},
       .inputs = {any({2, 3, 2}, 8), any({1, 8, 2}, 9), any({1, 8, 2}, 10), none, none, none, none,
                  any({1, 6}, 11)},
       .expected = {none, none, none}},
      // All arguments are 2 and clipped to 1; so is the cell where h looks at it.
      {.name = "clipped",
       .op = ops::LSTM{.activations = {"Affine", "Affine", "Affine"}, .clip = 1.0F},
       .inputs = {f32({1, 1, 1}, {1}), f32({1, 4, 1}, {2, 2, 2, 2}), f32({1, 4, 1}, {0, 0, 0, 0}),
                  none, none, none, f32({1, 1, 1}, {3})},
       .expected = {f32({1, 1, 1, 1}, {1}), f32({1, 1, 1}, {1}), f32({1, 1, 1}, {4})},
       .gradient = false},
      // Gate i is 1, o is 1, f is 0: h = c = W x, rows of the cell gate last.
      {.name = "gates are stored in the order i, o, f, c",
       .op = ops::LSTM{.activations = {"Affine", "Affine", "Affine"}},
       .inputs = {f32({1, 1, 2}, {1, 10}),
                  f32({1, 8, 2}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}),
                  f32({1, 8, 2}, std::vector<double>(16, 0.0)),
                  f32({1, 16}, {1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})},
       .expected = {f32({1, 1, 1, 2}, {21, 43})}},
  };
}

TERN_OP_TEST(LSTMGrad) {
  // i = o = 1, f = 1/2, identities: c' = c / 2 + w x and y = c'. Two steps.
  return {
      {.name = "a decaying sum",
       .op = ops::LSTMGrad{.activations = {"Affine", "Affine", "Affine"}},
       .inputs = {Tensor(), f32({1, 1, 1}, {1}), f32({1, 1, 1}, {3}), f32({2, 1, 1}, {2, 5}),
                  f32({1, 4, 1}, {0, 0, 0, 7}), f32({1, 4, 1}, {0, 0, 0, 0}),
                  f32({1, 8}, {1, 1, 0.5, 0, 0, 0, 0, 0}), Tensor(), Tensor(), f32({1, 1, 1}, {8})},
       // d c2 = 4, d c1 = 2, d c0 = 1; c1 = 18, c2 = 44; d i = d c * g, d o = d h c2,
       // d f = d c * (c before).
       .expected = {f32({2, 1, 1}, {14, 28}),
                    f32({1, 4, 1}, {2 * 2 * 14 + 5 * 4 * 35, 5 * 44, 2 * 2 * 8 + 5 * 4 * 18, 24}),
                    f32({1, 4, 1}, {18 * 4 * 35, 18 * 44, 18 * 4 * 18, 18 * 4}),
                    f32({1, 8}, {2 * 14 + 4 * 35, 44, 2 * 8 + 4 * 18, 6, 2 * 14 + 4 * 35, 44,
                                 2 * 8 + 4 * 18, 6}),
                    f32({1, 1, 1}, {0}), f32({1, 1, 1}, {1})}}};
}

TEST(LSTM, RefusesWhatDoesNotFit) {
  std::vector<Tensor> inputs = one_unit_inputs(true);
  inputs[7] = f32({1, 4}, {1, 2, 3, 4});
  expect_refused(ops::LSTM{}, inputs, "P has 4 on axis 1, not 3");
  inputs = one_unit_inputs(true);
  inputs[6] = f32({1, 2, 1}, {1, 2});
  expect_refused(ops::LSTM{}, inputs, "initial_c has 2 on axis 1, not 1");
  inputs[6] = f32({1, 1}, {1});
  expect_refused(ops::LSTM{}, inputs, "initial_c has rank 2, not 3");
}

}  // namespace tern::testing

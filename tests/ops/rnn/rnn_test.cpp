#include <cmath>

#include "ops/reference.h"
#include "tern/ops/rnn.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

using ops::RecurrentDirection;

Tensor counted(const Shape& shape, std::uint64_t seed) {
  return random_values(DType::kF32, shape, -1, 1, seed);
}

}  // namespace

TERN_OP_TEST(RNN) {
  const Tensor none;
  const std::vector<std::string> identity{"Affine"};
  // h' = x + (h2, h1) + (10, 0), with the identity as activation.
  const Tensor x = f32({3, 1, 2}, {1, 2, 3, 4, 5, 6});
  const Tensor w = f32({1, 2, 2}, {1, 0, 0, 1}), r = f32({1, 2, 2}, {0, 1, 1, 0});
  const Tensor b = f32({1, 4}, {4, 0, 6, 0});
  return {
      {.name = "the state goes on",
       .op = ops::RNN{.activations = identity, .hidden_size = 2},
       .inputs = {x, w, r, b},
       .expected = {f32({3, 1, 1, 2}, {11, 2, 15, 15, 30, 21}), f32({1, 1, 2}, {30, 21})}},
      {.name = "backwards from a state",
       .op = ops::RNN{.activations = identity, .direction = RecurrentDirection::kReverse},
       .inputs = {x, w, r, none, none, f32({1, 1, 2}, {100, 200})},
       .expected = {f32({3, 1, 1, 2}, {210, 111, 109, 209, 205, 106}), f32({1, 1, 2}, {210, 111})}},
      {.name = "both directions, sequences in front",
       .op = ops::RNN{.activations = {"Affine", "Affine"},
                      .direction = RecurrentDirection::kBidirectional,
                      .layout = 1},
       .inputs = {f32({2, 2, 1}, {1, 2, 3, 4}), f32({2, 1, 1}, {1, 10}), f32({2, 1, 1}, {1, 1})},
       .expected = {f32({2, 2, 2, 1}, {1, 30, 3, 20, 3, 70, 7, 40}),
                    f32({2, 2, 1}, {3, 30, 7, 70})}},
      {.name = "sequences of different lengths",
       .op = ops::RNN{.activations = {"Affine", "Affine"},
                      .direction = RecurrentDirection::kBidirectional},
       .inputs = {f32({2, 2, 1}, {1, 10, 2, 20}), f32({2, 1, 1}, {1, 1}), f32({2, 1, 1}, {1, 1}),
                  none, i32({2}, {1, 2}), f32({2, 2, 1}, {0, 0, 0, 0})},
       .expected = {f32({2, 2, 2, 1}, {1, 10, 1, 30, 0, 30, 0, 20}),
                    f32({2, 2, 1}, {1, 30, 1, 30})}},
      {.name = "tanh of clipped arguments",
       .op = ops::RNN{.clip = 1.5F},
       .inputs = {f32({2, 1, 1}, {1, 4}), f32({1, 1, 1}, {1}), f32({1, 1, 1}, {0.5})},
       .expected = {f32({2, 1, 1, 1}, {std::tanh(1.0), std::tanh(1.5)})}},
      {.name = "parameters of activations",
       .op = ops::RNN{.activation_alpha = {2, 3},
                      .activation_beta = {1},
                      .activations = {"affine", "LEAKYRELU"},
                      .direction = RecurrentDirection::kBidirectional},
       .inputs = {f32({1, 1, 1}, {-1}), f32({2, 1, 1}, {1, 1}), f32({2, 1, 1}, {0, 0})},
       .expected = {f32({1, 2, 1, 1}, {-1, -3})}},
      {.name = "several units and sequences",
       .op = ops::RNN{.direction = RecurrentDirection::kBidirectional},
       .inputs = {counted({4, 3, 2}, 1), counted({2, 3, 2}, 2), counted({2, 3, 3}, 3),
                  counted({2, 6}, 4), i32({3}, {4, 0, 2}), counted({2, 3, 3}, 5)},
       .expected = {Tensor(), Tensor()}},
  };
}

TERN_OP_TEST(RNNGrad) {
  const Tensor none;
  // y1 = w x1, y2 = w x2 + r y1 with x = (2, 3), w = 5, r = 7: y1 = 10, y2 = 85.
  return {{.name = "two steps of one unit",
           .op = ops::RNNGrad{.activations = {"Affine"}},
           .inputs = {f32({2, 1, 1, 1}, {1, 0}), f32({1, 1, 1}, {1}), f32({2, 1, 1}, {2, 3}),
                      f32({1, 1, 1}, {5}), f32({1, 1, 1}, {7})},
           // d = (1 + 7, 1) for the two steps.
           .expected = {f32({2, 1, 1}, {40, 5}), f32({1, 1, 1}, {19}), f32({1, 1, 1}, {10}),
                        f32({1, 2}, {9, 9}), f32({1, 1, 1}, {56})}}};
}

TEST(RNN, EveryActivationIsWhatItsNameSays) {
  const auto at = [](const std::string& name, double x) {
    const Tensor in = f32({1, 1, 1}, {x}), one = f32({1, 1, 1}, {1}), zero = f32({1, 1, 1}, {0});
    const Tensor* inputs[] = {&in, &one, &zero};
    const auto y = run_reference(ops::RNN{.activations = {name}}, inputs, 1);
    return y.ok() ? values_of((*y)[0])[0] : NAN;
  };
  for (const double x : {-2.0, -0.25, 0.5, 3.0}) {
    SCOPED_TRACE(x);
    const auto expect = [&](const char* name, double y) {
      EXPECT_NEAR(at(name, x), y, 1e-6) << name;
    };
    expect("Affine", x);
    expect("Elu", x < 0 ? std::exp(x) - 1 : x);
    expect("HardSigmoid", std::min(1.0, std::max(0.0, 0.2 * x + 0.5)));
    expect("LeakyRelu", x < 0 ? 0.01 * x : x);
    expect("Relu", x < 0 ? 0 : x);
    expect("ScaledTanh", std::tanh(x));
    expect("Sigmoid", 1 / (1 + std::exp(-x)));
    expect("Softplus", std::log(1 + std::exp(x)));
    expect("Softsign", x / (1 + std::abs(x)));
    expect("Tanh", std::tanh(x));
    expect("ThresholdedRelu", x > 1 ? x : 0);
  }
}

TEST(RNN, RefusesWhatDoesNotFit) {
  const Tensor x = f32({1, 2, 1}, {1, 2}), w = f32({1, 1, 1}, {1}), r = f32({1, 1, 1}, {1});
  const Tensor none;
  expect_refused(ops::RNN{.activations = {"Cosine"}}, {x, w, r}, "'Cosine' is no activation");
  expect_refused(ops::RNN{.activations = {"Tanh", "Tanh"}}, {x, w, r}, "2 names for 1");
  expect_refused(ops::RNN{.hidden_size = 2}, {x, w, r}, "hidden_size is 2, R has 1");
  expect_refused(ops::RNN{.layout = 2}, {x, w, r}, "layout is 2");
  expect_refused(ops::RNN{.direction = RecurrentDirection::kBidirectional}, {x, w, r},
                 "W has 1 on axis 0, not 2");
  expect_refused(ops::RNN{}, {x, w, r, none, i32({2}, {1, 2})}, "sequence_lens has 2 at 1");
  expect_refused(ops::RNN{}, {x, w, r, f32({1, 3}, {1, 2, 3})}, "B has 3 on axis 1, not 2");
  expect_refused(ops::RNN{}, {x, f32({1, 2, 1}, {1, 2}), r}, "W has 2 on axis 1, not 1");
}

}  // namespace tern::testing

#include <gtest/gtest.h>

#include "tern/ops/rnn.h"
#include "tests/backend/cpu/kernel_case.h"

namespace tern::testing {
namespace {

using ops::RecurrentDirection;

Tensor any(const Shape& shape, std::uint64_t seed, double size = 1) {
  return random_values(DType::kF32, shape, -size, size, seed);
}

struct Sizes {
  std::int64_t steps, batch, input, hidden;
};

// Inputs of a layer of `gates` gates; the last two for LSTM only.
std::vector<Tensor> inputs(const Sizes& s, std::int64_t directions, std::int64_t gates,
                           bool batch_first, bool with_all) {
  const std::int64_t rows = gates * s.hidden;
  const Tensor none;
  const auto state = [&](std::uint64_t seed) {
    return any(
        batch_first ? Shape{s.batch, directions, s.hidden} : Shape{directions, s.batch, s.hidden},
        seed);
  };
  std::vector<std::int64_t> lengths;
  for (std::int64_t n = 0; n < s.batch; ++n) lengths.push_back((n * 5 + s.steps) % (s.steps + 1));
  std::vector<Tensor> all{
      any(batch_first ? Shape{s.batch, s.steps, s.input} : Shape{s.steps, s.batch, s.input}, 1),
      any({directions, rows, s.input}, 2, 0.5), any({directions, rows, s.hidden}, 3, 0.3)};
  if (!with_all) return all;
  all.push_back(any({directions, 2 * rows}, 4));
  all.push_back(i32({s.batch}, lengths));
  all.push_back(state(5));
  if (gates == 4) {
    all.push_back(state(6));
    all.push_back(any({directions, 3 * s.hidden}, 7));
  }
  return all;
}

template <class Op>
void check_all(std::int64_t gates, Op op, std::size_t outputs, const std::string& name) {
  // One block of units and several, whole and not; one sequence and more than a tile has rows; more
  // steps than are multiplied at once.
  const Sizes sizes[] = {{5, 1, 3, 4},   {7, 3, 6, 16},  {3, 2, 5, 33},  {150, 1, 4, 20},
                         {4, 17, 8, 24}, {3, 40, 4, 64}, {2, 1, 24, 192}};
  const std::vector<std::string> activations = op.activations;  // of one direction
  for (const Sizes& s : sizes) {
    for (const auto direction : {RecurrentDirection::kForward, RecurrentDirection::kReverse,
                                 RecurrentDirection::kBidirectional}) {
      for (const bool with_all : {false, true}) {
        const std::int64_t directions = direction == RecurrentDirection::kBidirectional ? 2 : 1;
        op.direction = direction;
        op.layout = with_all ? 1 : 0;
        op.activations = activations;
        if (directions == 2) {
          op.activations.insert(op.activations.end(), activations.begin(), activations.end());
        }
        KernelCase test{.name = std::to_string(s.steps) + " steps of " + std::to_string(s.batch) +
                                ", " + std::to_string(s.input) + " to " + std::to_string(s.hidden) +
                                (with_all ? ", all inputs" : ""),
                        .op = op,
                        .inputs = inputs(s, directions, gates, with_all, with_all),
                        .outputs = outputs,
                        .constants = {1, 2, 3, 7},
                        .tolerance = {2e-5, 2e-5}};
        expect_kernels_agree(test, name);
      }
    }
  }
}

TEST(RecurrentKernels, LstmAgreesWithItsReference) {
  check_all(4, ops::LSTM{}, 3, "lstm_packed_f32");
}
TEST(RecurrentKernels, LstmWithOtherFunctionsAgreesWithItsReference) {
  check_all(
      4,
      ops::LSTM{
          .activations = {"HardSigmoid", "Softsign", "Elu"}, .clip = 1.5F, .input_forget = true},
      3, "lstm_packed_f32");
}
TEST(RecurrentKernels, GruAgreesWithItsReference) {
  check_all(3, ops::GRU{}, 2, "gru_packed_f32");
  check_all(3, ops::GRU{.linear_before_reset = true}, 2, "gru_packed_f32");
}
TEST(RecurrentKernels, RnnAgreesWithItsReference) { check_all(1, ops::RNN{}, 2, "rnn_packed_f32"); }

TEST(RecurrentKernels, EveryActivationAgreesWithItsReference) {
  for (const char* name : {"Affine", "Elu", "HardSigmoid", "LeakyRelu", "Relu", "ScaledTanh",
                           "Sigmoid", "Softplus", "Softsign", "Tanh", "ThresholdedRelu"}) {
    expect_kernels_agree(
        {.name = name,
         .op = ops::RNN{.activation_alpha = {0.75F},
                        .activation_beta = {0.25F},
                        .activations = {name},
                        .clip = 2.0F},
         .inputs = {any({3, 2, 8}, 1), any({1, 20, 8}, 2), any({1, 20, 20}, 3, 0.3)},
         .outputs = 2},
        "rnn_f32");
  }
}

TEST(RecurrentKernels, SequencesInFrontWithoutLengths) {
  const Sizes s{.steps = 6, .batch = 3, .input = 4, .hidden = 8};
  expect_kernels_agree(
      {.name = "",
       .op = ops::LSTM{.direction = RecurrentDirection::kBidirectional, .layout = 1},
       .inputs = inputs(s, 2, 4, true, false),
       .outputs = 3},
      "lstm_f32");
}

TEST(RecurrentKernels, LstmGradAgreesWithItsReference) {
  const Tensor none;
  for (const Sizes& s : {Sizes{1, 1, 2, 3}, Sizes{5, 3, 4, 20}, Sizes{4, 17, 9, 16}}) {
    for (const auto direction : {RecurrentDirection::kForward, RecurrentDirection::kReverse,
                                 RecurrentDirection::kBidirectional}) {
      for (const bool batch_first : {false, true}) {
        const std::int64_t d = direction == RecurrentDirection::kBidirectional ? 2 : 1;
        const auto state = [&](std::uint64_t seed) {
          return any(batch_first ? Shape{s.batch, d, s.hidden} : Shape{d, s.batch, s.hidden}, seed);
        };
        std::vector<Tensor> all{any(batch_first ? Shape{s.batch, s.steps, d, s.hidden}
                                                : Shape{s.steps, d, s.batch, s.hidden},
                                    10),
                                batch_first ? state(11) : none, batch_first ? none : state(12)};
        for (const Tensor& input : inputs(s, d, 4, batch_first, false)) all.push_back(input);
        if (batch_first) {
          for (const Tensor& input : {any({d, 8 * s.hidden}, 13), none, state(14), state(15)}) {
            all.push_back(input);
          }
        }
        expect_kernels_agree({.name = std::to_string(s.hidden) + (batch_first ? ", all" : ""),
                              .op = ops::LSTMGrad{.direction = direction, .layout = batch_first},
                              .inputs = std::move(all),
                              .outputs = 6,
                              .tolerance = {1e-4, 1e-4}},
                             "lstm_grad_f32");
      }
    }
  }
}

}  // namespace
}  // namespace tern::testing

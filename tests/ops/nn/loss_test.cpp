#include <cmath>

#include "tern/ops/loss.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

using Reduction = ops::LossReduction;

// Two rows whose softmax is (1/8, 2/8, 5/8) and (1/2, 1/4, 1/4).
Tensor scores() { return f32({2, 3}, {0, std::log(2.0), std::log(5.0), std::log(2.0), 0, 0}); }
// The same with the classes on axis 1 and two positions on axis 2.
Tensor scores_of_positions() {
  return f32({1, 3, 2}, {0, std::log(2.0), std::log(2.0), 0, std::log(5.0), 0});
}
Tensor weights() { return f32({3}, {1, 10, 100}); }

}  // namespace

TERN_OP_TEST(SoftmaxCrossEntropyLoss) {
  const double a = std::log(8.0 / 5), b = std::log(2.0);
  return {
      {.name = "mean",
       .op = ops::SoftmaxCrossEntropyLoss{},
       .inputs = {scores(), i64({2}, {2, 0})},
       .expected = {f32({}, {(a + b) / 2})}},
      {.name = "sum",
       .op = ops::SoftmaxCrossEntropyLoss{.reduction = Reduction::kSum},
       .inputs = {scores(), i32({2}, {2, 0})},
       .expected = {f32({}, {a + b})}},
      {.name = "none, with the log probabilities",
       .op = ops::SoftmaxCrossEntropyLoss{.reduction = Reduction::kNone},
       .inputs = {scores(), i64({2}, {2, 0})},
       .expected = {f32({2}, {a, b}),
                    f32({2, 3}, {std::log(1.0 / 8), std::log(1.0 / 4), std::log(5.0 / 8),
                                 std::log(0.5), std::log(0.25), std::log(0.25)})}},
      {.name = "the mean is by weight",
       .op = ops::SoftmaxCrossEntropyLoss{},
       .inputs = {scores(), i64({2}, {2, 0}), weights()},
       .expected = {f32({}, {(100 * a + b) / 101})},
       .constant_inputs = {2}},
      {.name = "positions",
       .op = ops::SoftmaxCrossEntropyLoss{.reduction = Reduction::kNone},
       .inputs = {scores_of_positions(), i64({1, 2}, {2, 0}), weights()},
       .expected = {f32({1, 2}, {100 * a, b})},
       .constant_inputs = {2}},
      {.name = "an ignored label counts nothing",
       .op = ops::SoftmaxCrossEntropyLoss{.ignore_index = -1},
       .inputs = {scores(), i64({2}, {2, -1})},
       .expected = {f32({}, {a})}},
  };
}

TERN_OP_TEST(SoftmaxCrossEntropyLossGrad) {
  return {
      {.name = "mean: softmax - one hot, halved",
       .op = ops::SoftmaxCrossEntropyLossGrad{},
       .inputs = {f32({}, {16}), scores(), i64({2}, {2, 0})},
       .expected = {f32({2, 3}, {1, 2, -3, -4, 2, 2})}},
      {.name = "none: each label has its own gradient",
       .op = ops::SoftmaxCrossEntropyLossGrad{.reduction = Reduction::kNone},
       .inputs = {f32({2}, {8, 4}), scores(), i64({2}, {2, 0})},
       .expected = {f32({2, 3}, {1, 2, -3, -2, 1, 1})}},
      {.name = "weights, an ignored label, sum",
       .op = ops::SoftmaxCrossEntropyLossGrad{.ignore_index = 7, .reduction = Reduction::kSum},
       .inputs = {f32({}, {4}), scores(), i64({2}, {7, 1}), weights()},
       .expected = {f32({2, 3}, {0, 0, 0, 20, -30, 10})}},
  };
}

TERN_OP_TEST(NegativeLogLikelihoodLoss) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  return {
      {.name = "mean",
       .op = ops::NegativeLogLikelihoodLoss{},
       .inputs = {x, i64({2}, {2, 0})},
       .expected = {f32({}, {-3.5})}},
      {.name = "none",
       .op = ops::NegativeLogLikelihoodLoss{.reduction = Reduction::kNone},
       .inputs = {x, i32({2}, {1, 1}), weights()},
       .expected = {f32({2}, {-20, -50})},
       .constant_inputs = {2}},
      {.name = "the mean is by weight and leaves ignored labels out",
       .op = ops::NegativeLogLikelihoodLoss{.ignore_index = 1},
       .inputs = {f32({3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9}), i64({3}, {0, 1, 2}), weights()},
       .expected = {f32({}, {-901.0 / 101})},
       .constant_inputs = {2}},
      {.name = "positions, sum",
       .op = ops::NegativeLogLikelihoodLoss{.reduction = Reduction::kSum},
       .inputs = {f32({1, 2, 2}, {1, 2, 3, 4}), i64({1, 2}, {1, 0})},
       .expected = {f32({}, {-5})}},
  };
}

TERN_OP_TEST(NegativeLogLikelihoodLossGrad) {
  const Tensor x = f32({2, 3}, {0, 0, 0, 0, 0, 0});
  return {
      {.name = "mean by weight",
       .op = ops::NegativeLogLikelihoodLossGrad{},
       .inputs = {f32({}, {11}), x, i64({2}, {0, 1}), weights()},
       .expected = {f32({2, 3}, {-1, 0, 0, 0, -10, 0})}},
      {.name = "none, one label ignored",
       .op = ops::NegativeLogLikelihoodLossGrad{.ignore_index = 0, .reduction = Reduction::kNone},
       .inputs = {f32({2}, {3, 5}), x, i64({2}, {0, 2})},
       .expected = {f32({2, 3}, {0, 0, 0, 0, 0, -5})}},
  };
}

TEST(SoftmaxCrossEntropyLoss, RefusesALabelOutOfRange) {
  expect_refused(ops::SoftmaxCrossEntropyLoss{}, {scores(), i64({2}, {0, 3})},
                 "label 3 at 1 is not in [0, 3)");
  expect_refused(ops::SoftmaxCrossEntropyLoss{}, {scores(), i64({2}, {-1, 0})}, "label -1 at 0");
  expect_refused(ops::SoftmaxCrossEntropyLoss{}, {scores(), i64({3}, {0, 0, 0})},
                 "the labels has 3 on axis 0");
}

}  // namespace tern::testing

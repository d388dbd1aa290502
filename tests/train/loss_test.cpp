#include "tern/loss.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ops/evaluate.h"
#include "tern/autodiff.h"
#include "tern/functions.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::all_close;
using testing::f64;
using testing::FailsWith;
using testing::i64;
using testing::IsOk;

using Function = Value (*)(Value, Value);

struct Outcome {
  double loss = NAN;
  Tensor gradient;
};

// The loss of `output` against `target`, and its gradient with respect to the output.
Outcome evaluate_loss(const std::function<Value(Value, Value)>& loss, const Tensor& output,
                      const Tensor& target) {
  GraphBuilder b("g");
  const Value x = b.input("x", TypeInfo::of(output));
  const Value t = b.input("t", TypeInfo::of(target));
  const Value y = loss(x, t);
  b.output("loss", y);
  b.output("gradient", gradients(y, {x})[0]);
  const auto graph = b.build();
  EXPECT_THAT(graph, IsOk());
  if (!graph.ok()) return {};
  const auto out = evaluate(*graph, std::vector<Tensor>{output, target});
  EXPECT_THAT(out, IsOk());
  if (!out.ok()) return {};
  return {(*out)[0].data<double>()[0], (*out)[1]};
}

TEST(Loss, CrossEntropyIsTheLogarithmOfTheSoftmaxAtTheLabel) {
  const Outcome o = evaluate_loss([](Value x, Value t) { return cross_entropy(x, t); },
                                  f64({2, 2}, {0, std::log(3.0), std::log(4.0), 0}),
                                  testing::ints(DType::kU8, {2}, {1, 1}));
  // The probabilities are [1/4, 3/4] and [4/5, 1/5].
  EXPECT_NEAR(o.loss, -(std::log(0.75) + std::log(0.2)) / 2, 1e-12);
  EXPECT_TRUE(all_close(o.gradient, f64({2, 2}, {0.125, -0.125, 0.4, -0.4})));
}

TEST(Loss, LabelSmoothingMixesInTheEvenDistribution) {
  const Outcome o =
      evaluate_loss([](Value x, Value t) { return cross_entropy(x, t, {.label_smoothing = 0.1}); },
                    f64({1, 2}, {0, std::log(3.0)}), i64({1}, {1}));
  // The target becomes [0.05, 0.95].
  EXPECT_NEAR(o.loss, -0.05 * std::log(0.25) - 0.95 * std::log(0.75), 1e-12);
  EXPECT_TRUE(all_close(o.gradient, f64({1, 2}, {0.2, -0.2})));
}

TEST(Loss, BinaryCrossEntropyTakesScores) {
  const Outcome o = evaluate_loss(binary_cross_entropy, f64({4}, {std::log(3.0), 0, 800, -800}),
                                  f64({4}, {1, 0, 1, 1}));
  EXPECT_NEAR(o.loss, (-std::log(0.75) - std::log(0.5) + 0 + 800) / 4, 1e-12);
  EXPECT_TRUE(all_close(o.gradient, f64({4}, {-0.0625, 0.125, 0, -0.25})));
}

TEST(Loss, OfDifferences) {
  const Tensor output = f64({4}, {1, 2, 3, 4});
  const Tensor target = f64({4}, {1, 4, 2.5, 7});  // differences 0, -2, 0.5, -3
  const Outcome squared = evaluate_loss(mean_squared_error, output, target);
  EXPECT_DOUBLE_EQ(squared.loss, (0 + 4 + 0.25 + 9) / 4);
  EXPECT_TRUE(all_close(squared.gradient, f64({4}, {0, -1, 0.25, -1.5})));
  const Outcome absolute = evaluate_loss(mean_absolute_error, output, target);
  EXPECT_DOUBLE_EQ(absolute.loss, (0 + 2 + 0.5 + 3) / 4);
  EXPECT_TRUE(all_close(absolute.gradient, f64({4}, {0, -0.25, 0.25, -0.25})));
  const Outcome huber =
      evaluate_loss([](Value x, Value t) { return huber_loss(x, t, 1.5); }, output, target);
  EXPECT_DOUBLE_EQ(huber.loss, (0 + 1.5 * (2 - 0.75) + 0.125 + 1.5 * (3 - 0.75)) / 4);
  EXPECT_TRUE(all_close(huber.gradient, f64({4}, {0, -0.375, 0.125, -0.375})));
}

TEST(Loss, AColumnIsComparedRowByRow) {
  const Outcome o = evaluate_loss(mean_squared_error, f64({3, 1}, {1, 2, 3}),
                                  testing::ints(DType::kI32, {3}, {1, 2, 5}));
  EXPECT_DOUBLE_EQ(o.loss, 4.0 / 3);
}

TEST(Metric, AccuracyIsTheShareOfLargestScoresAtTheLabel) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF64, {"N", 3});
  b.output("accuracy", accuracy(x, b.input("t", DType::kI32, {"N"})));
  const auto out =
      evaluate(*b.build(), std::vector<Tensor>{f64({4, 3}, {1, 2, 0, 5, 4, 3, 0, 1, 2, 0, 1, 2}),
                                               testing::ints(DType::kI32, {4}, {1, 0, 2, 1})});
  ASSERT_THAT(out, IsOk());
  EXPECT_EQ((*out)[0].data<float>()[0], 0.75f);
}

TEST(Metric, LabelsMayStandInAColumn) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF64, {"N", 2});
  b.output("accuracy", accuracy(x, b.input("t", DType::kI64, {"N", 1})));
  const auto out =
      evaluate(*b.build(), std::vector<Tensor>{f64({3, 2}, {1, 2, 3, 2, 5, 4}),
                                               testing::ints(DType::kI64, {3, 1}, {1, 0, 0})});
  ASSERT_THAT(out, IsOk());
  EXPECT_EQ((*out)[0].data<float>()[0], 1.0f);
}

TEST(Metric, BinaryAccuracyHasItsThresholdAtAnEvenChance) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF64, {"N", 1});
  b.output("accuracy", binary_accuracy(x, b.input("t", DType::kU8, {"N"})));
  const auto out =
      evaluate(*b.build(), std::vector<Tensor>{f64({4, 1}, {-1, 2, 0.1, -3}),
                                               testing::ints(DType::kU8, {4}, {0, 1, 0, 0})});
  ASSERT_THAT(out, IsOk());
  EXPECT_EQ((*out)[0].data<float>()[0], 0.75f);
}

TEST(Loss, ScoresAreFoundBehindProbabilities) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {"N", 3});
  EXPECT_EQ(scores_of(softmax(x)).id(), x.id());
  EXPECT_EQ(scores_of(sigmoid(x)).id(), x.id());
  EXPECT_EQ(scores_of(x).id(), x.id());
  const Value h = relu(x);
  EXPECT_EQ(scores_of(h).id(), h.id());
  const Value over_rows = softmax(x, 0);
  EXPECT_EQ(scores_of(over_rows).id(), over_rows.id());
}

TEST(Loss, RefusesOptionsOutOfRange) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {"N"});
  huber_loss(x, x, 0);
  EXPECT_THAT(b.status(), FailsWith(StatusCode::kInvalidArgument, "delta 0 is not above 0"));
}

}  // namespace
}  // namespace tern

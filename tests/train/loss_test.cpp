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

// The numbers of the tests that name torch come from tests/train/torch_reference.py.
const Tensor& four_rows() {
  static const Tensor rows = f64({4, 3}, {0, 1, 2, 1, -1, 0.5, 2, 0, -1, 0.3, 0.2, 0.1});
  return rows;
}

TEST(Loss, CrossEntropyWeighsClassesAndIgnoresALabelAsTorchDoes) {
  struct Case {
    CrossEntropyOptions options;
    double loss;
    std::vector<double> gradient;
  };
  const std::vector<double> weights{1, 2, 0.5};
  const Case cases[] = {{{.ignore_index = -100},
                         0.6881685774385385,
                         {0.0300101911, 0.081576157, -0.1115863481, -0.141967669, 0.0258985264,
                          0.1160691426, 0, 0, 0, 0.122388467, -0.2225916688, 0.1002032018}},
                        {{.class_weights = weights, .ignore_index = -100},
                         0.8464701709493342,
                         {0.0128615105, 0.0349612102, -0.0478227206, -0.1216865734, 0.0221987369,
                          0.0994878365, 0, 0, 0, 0.2098088006, -0.381585718, 0.1717769173}},
                        {{.label_smoothing = 0.1, .ignore_index = -100},
                         0.7492796885496497,
                         {0.0188990799, 0.0704650459, -0.0893641259, -0.1197454468, 0.0147874153,
                          0.1049580315, 0, 0, 0, 0.1112773559, -0.2003694466, 0.0890920907}},
                        {{.label_smoothing = 0.1, .class_weights = weights, .ignore_index = -100},
                         0.9087352496934927,
                         {0.005052569, 0.0205750858, -0.0256276548, -0.0999051592, 0.0035210968,
                          0.0963840624, 0, 0, 0, 0.1915429578, -0.3514005988, 0.159857641}}};
  for (const Case& c : cases) {
    const Outcome o =
        evaluate_loss([&](Value x, Value t) { return cross_entropy(x, t, c.options); }, four_rows(),
                      i64({4}, {2, 0, -100, 1}));
    EXPECT_NEAR(o.loss, c.loss, 1e-12);
    EXPECT_TRUE(all_close(o.gradient, f64({4, 3}, c.gradient), {.absolute = 1e-9}));
  }
}

TEST(Loss, ClassWeightsAndSmoothingTakeAxesBehindTheClasses) {
  // Two positions of one row are two rows: scores [0, log 3] and [log 4, 0], both of label 1. The
  // probabilities are [1/4, 3/4] and [4/5, 1/5].
  const CrossEntropyOptions options{.label_smoothing = 0.2, .class_weights = {1, 3}};
  const Outcome o =
      evaluate_loss([&](Value x, Value t) { return cross_entropy(x, t, options); },
                    f64({1, 2, 2}, {0, std::log(4.0), std::log(3.0), 0}), i64({1, 2}, {1, 1}));
  const double exact = 3 * -std::log(0.75) + 3 * -std::log(0.2);
  const double even = -std::log(0.25) + 3 * -std::log(0.75) - std::log(0.8) + 3 * -std::log(0.2);
  EXPECT_NEAR(o.loss, (0.8 * exact + 0.2 * even / 2) / 6, 1e-12);
}

TEST(Loss, MultiMarginIsTorchs) {
  const Outcome o = evaluate_loss([](Value x, Value t) { return multi_margin_loss(x, t, 1.5); },
                                  four_rows(), testing::ints(DType::kU8, {4}, {2, 0, 1, 1}));
  EXPECT_NEAR(o.loss, 0.7083333333333333, 1e-12);
  const double u = 1.0 / 12;
  EXPECT_TRUE(all_close(o.gradient, f64({4, 3}, {0, u, -u, -u, 0, u, u, -2 * u, u, u, -2 * u, u})));
}

TEST(Loss, HingeTakesLabelsOfBothWays) {
  const Tensor scores = f64({4, 1}, {0.25, -0.5, 2, -3});
  // Distances from the right side: 1 - 0.25, 1 - 0.5, 0 (enough), 1 + 3.
  for (const Tensor& target : {f64({4}, {1, 0, 1, 1}), f64({4}, {1, -1, 1, 1})}) {
    const Outcome o = evaluate_loss(hinge_loss, scores, target);
    EXPECT_DOUBLE_EQ(o.loss, (0.75 + 0.5 + 0 + 4) / 4);
    EXPECT_TRUE(all_close(o.gradient, f64({4, 1}, {-0.25, 0.25, 0, -0.25})));
  }
}

TEST(Loss, DivergenceIsTorchs) {
  const Outcome o =
      evaluate_loss(kl_divergence, four_rows(),
                    f64({4, 3}, {0.2, 0.3, 0.5, 1, 0, 0, 0.1, 0.1, 0.8, 0.25, 0.25, 0.5}));
  EXPECT_NEAR(o.loss, 0.7127365268293081, 1e-12);
  EXPECT_TRUE(all_close(
      o.gradient,
      f64({4, 3},
          {-0.027492356707404894, -0.013817882236300587, 0.041310238943705446, -0.10647575175807636,
           0.019423894787142643, 0.0870518569709337, 0.18594868362033487, 0.0035487998461486182,
           -0.18949748346648349, 0.029291350277731346, 0.020556248383336792, -0.04984759866106818}),
      {.absolute = 1e-12}));
}

TEST(Loss, CosinesAreTorchs) {
  const Tensor other = f64({4, 3}, {1, 1, 2, 1, 1, 0.5, -2, 0, 1, 0.3, -0.2, 0.1});
  EXPECT_NEAR(evaluate_loss(cosine_loss, four_rows(), other).loss, 0.8868616327863154, 1e-12);
  const Outcome o = evaluate_loss(
      [&](Value x, Value t) {
        const Value same = x.builder()->constant(i64({4}, {1, -1, -1, -1}));
        return cosine_embedding_loss(x, t, same, 0.1);
      },
      four_rows(), other);
  EXPECT_NEAR(o.loss, 0.10670290262607986, 1e-12);
  EXPECT_TRUE(all_close(o.gradient,
                        f64({4, 3}, {-0.04564354645875547, 0, 0, 0.09876543209872703,
                                     0.12345679012339643, 0.04938271604936351, 0, 0, 0,
                                     0.3061224489790452, -0.5102040816279154, 0.10204081632634843}),
                        {.absolute = 1e-12}));
}

TEST(Loss, TripletIsTorchs) {
  const Outcome o = evaluate_loss(
      [](Value x, Value t) {
        const Value negative = x.builder()->constant(
            f64({4, 3}, {0.2, 0.3, 0.5, 1, 0, 0, 0.1, 0.1, 0.8, 0.25, 0.25, 0.5}));
        return triplet_loss(x, t, negative, 0.7);
      },
      four_rows(), f64({4, 3}, {1, 1, 2, 1, 1, 0.5, -2, 0, 1, 0.3, -0.2, 0.1}));
  EXPECT_NEAR(o.loss, 1.2153515887152935, 1e-12);
  EXPECT_TRUE(all_close(
      o.gradient,
      f64({4, 3},
          {-0.22001216431857354, -0.10495784961354407, -0.22490979209796233, -9.860682469248342e-08,
           -0.026393336414341273, -0.1118035422030664, 0.042250893114287785, 0.009545004805263376,
           0.06000737112884266, -0.030772937806237733, 0.2807723318852189, 0.24618358830531722}),
      {.absolute = 1e-12}));
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

TEST(Metric, AccuracyMayLeaveALabelOut) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF64, {"N", 2});
  b.output("accuracy", accuracy_without(x, b.input("t", DType::kI64, {"N"}), -1));
  const auto out = evaluate(*b.build(), std::vector<Tensor>{f64({4, 2}, {1, 2, 3, 2, 5, 4, 1, 0}),
                                                            i64({4}, {1, -1, 1, 0})});
  ASSERT_THAT(out, IsOk());
  EXPECT_FLOAT_EQ((*out)[0].data<float>()[0], 2.0F / 3);
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
  const auto mistake = [](const std::function<Value(Value, Value)>& loss) {
    GraphBuilder builder("g");
    loss(builder.input("x", DType::kF32, {"N", "C"}), builder.input("t", DType::kI64, {"N"}));
    return builder.status();
  };
  EXPECT_THAT(mistake([](Value y, Value t) { return multi_margin_loss(y, t); }),
              FailsWith(StatusCode::kInvalidArgument, "with C known"));
  EXPECT_THAT(mistake([](Value y, Value t) {
                return cross_entropy(y, t, {.class_weights = {1, -2}});
              }),
              FailsWith(StatusCode::kInvalidArgument, "class weight -2"));
}

}  // namespace
}  // namespace tern

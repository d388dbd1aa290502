#include "tern/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tern/functions.h"
#include "tern/loss.h"
#include "tern/nn.h"
#include "tern/session.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::f32;
using testing::FailsWith;
using testing::IsOk;
using testing::values_of;

// Minimises w^2 / 2 + 2 w, whose gradient is w + 2, from w = 1; returns w after each step.
std::vector<double> run(const Optimizer& optimizer, double rate, int steps,
                        const MinimizeOptions& options = {}) {
  GraphBuilder b("g");
  const Value w = b.variable("w", f32({1}, {1}));
  const Value loss = reduce_sum(w * w * 0.5 + w * 2.0, {}, false);
  minimize(loss, optimizer, options);
  b.output("loss", loss);
  auto graph = b.build();
  EXPECT_THAT(graph, IsOk());
  auto session = Session::create(std::move(*graph), {.threads = 1});
  EXPECT_THAT(session, IsOk());
  std::vector<double> path;
  for (std::int64_t step = 1; step <= steps; ++step) {
    const auto out =
        session->run({{"learning_rate", Tensor::scalar<float>(static_cast<float>(rate))},
                      {"step", Tensor::scalar<std::int64_t>(step)}});
    EXPECT_THAT(out, IsOk());
    path.push_back(values_of(*session->variables()->find("w"))[0]);
  }
  return path;
}

void expect_path(const std::vector<double>& path, const std::vector<double>& expected) {
  ASSERT_EQ(path.size(), expected.size());
  for (std::size_t i = 0; i < path.size(); ++i) EXPECT_NEAR(path[i], expected[i], 1e-6) << i;
}

TEST(Optimizer, SgdFollowsTheGradient) {
  // w -= 0.1 (w + 2)
  expect_path(run(*sgd(), 0.1, 2), {0.7, 0.43});
}

TEST(Optimizer, MomentumKeepsAVelocity) {
  // v = 0.9 v + g, w -= 0.1 v: g = 3, v = 3, w = 0.7; g = 2.7, v = 5.4, w = 0.16
  expect_path(run(*sgd({.momentum = 0.9}), 0.1, 2), {0.7, 0.16});
  // Nesterov steps by g + 0.9 v: 3 + 2.7 = 5.7, w = 0.43; g = 2.43, v = 5.13, 2.43 + 4.617 = 7.047
  expect_path(run(*sgd({.momentum = 0.9, .nesterov = true}), 0.1, 2), {0.43, -0.2747});
}

TEST(Optimizer, WeightDecayPullsToZero) {
  // g = w + 2 + 0.5 w: 3.5, w = 0.65
  expect_path(run(*sgd({.weight_decay = 0.5}), 0.1, 1), {0.65});
}

TEST(Optimizer, AdamsFirstStepsHaveTheSizeOfTheRate) {
  // The corrected mean over the root of the corrected square is 1 at first, whatever the gradient.
  // Second step: g = 2.9, m = (0.3 * 0.9 + 0.29) / 0.19, v = (0.009 * 0.999 + 0.00841) / 0.001999.
  const double second = 0.56 / 0.19 / std::sqrt((0.009 * 0.999 + 0.00841) / 0.001999);
  expect_path(run(*adam(), 0.1, 2), {0.9, 0.9 - 0.1 * second});
}

TEST(Optimizer, AdamsWeightDecayIsPartOfTheGradientAndAdamWsIsNot) {
  // Adam: one step of the rate whatever the gradient. AdamW: w shrinks by rate * decay first.
  expect_path(run(*adam({.weight_decay = 0.5}), 0.1, 1), {0.9});
  expect_path(run(*adamw({.weight_decay = 0.5}), 0.1, 1), {1 - 0.1 * 0.5 - 0.1});
}

TEST(Optimizer, GradientsAreScaledDownToTheirLargestNorm) {
  expect_path(run(*sgd(), 0.1, 1, {.max_gradient_norm = 1.5}), {0.85});  // 3 becomes 1.5
  expect_path(run(*sgd(), 0.1, 1, {.max_gradient_norm = 10}), {0.7});
}

TEST(Optimizer, ElementsOfGradientsHaveLimitsBeforeTheNorm) {
  expect_path(run(*sgd(), 0.1, 1, {.max_gradient_value = 2}), {0.8});  // 3 becomes 2
  expect_path(run(*sgd(), 0.1, 1, {.max_gradient_norm = 1, .max_gradient_value = 2}), {0.9});
}

TEST(Optimizer, L1PullsToZeroEvenly) {
  expect_path(run(*sgd(), 0.1, 1, {.l1 = 0.5}), {0.65});  // 3 + 0.5
}

TEST(Optimizer, ParametersHaveAverages) {
  GraphBuilder b("g");
  const Value w = b.variable("w", f32({1}, {1}));
  minimize(reduce_sum(w * w * 0.5 + w * 2.0, {}, false), *sgd(), {.average_decay = 0.25});
  auto session = Session::create(*b.build(), {.threads = 1});
  ASSERT_THAT(session, IsOk());
  double now = 1, average = 1;
  for (std::int64_t step = 1; step <= 5; ++step) {
    ASSERT_THAT(session->run({{"learning_rate", Tensor::scalar<float>(0.1F)},
                              {"step", Tensor::scalar<std::int64_t>(step)}}),
                IsOk());
    now -= 0.1 * (now + 2);
    // 2/11, then 3/12 and the decay from there on.
    const double s = step == 1 ? 2.0 / 11 : 0.25;
    average = s * average + (1 - s) * now;
    EXPECT_NEAR(values_of(*session->variables()->find("w"))[0], now, 1e-6);
    EXPECT_NEAR(values_of(*session->variables()->find(average_name("w")))[0], average, 1e-6);
  }
}

TEST(Optimizer, StatesAreVariablesOfTheirOwn) {
  GraphBuilder b("g");
  const Value w = b.variable("dense1.weight", f32({2}, {1, 2}));
  minimize(reduce_sum(w * w, {}, false), *adam());
  EXPECT_THAT(b.status(), IsOk());
  const ValueId state = b.graph().find("optimizer/dense1.weight/mean");
  ASSERT_NE(state, kNoValue);
  EXPECT_FALSE(b.graph().value(state).trainable);
}

// The one of docs/guides/train_a_model.md.
class SignSgd : public Optimizer {
  void add_update(const ParameterUpdate& u) const override {
    u.builder.update(u.parameter, u.parameter - u.learning_rate * sign(u.gradient));
  }
};

TEST(Optimizer, CanBeOnesOwn) { expect_path(run(SignSgd(), 0.25, 3), {0.75, 0.5, 0.25}); }

TEST(Optimizer, MistakesAreTold) {
  const auto mistake = [](std::shared_ptr<const Optimizer> optimizer, bool trainable) {
    GraphBuilder b("g");
    const Value w = b.variable("w", f32({1}, {1}), trainable);
    minimize(reduce_sum(w * w, {}, false), *optimizer);
    return b.status();
  };
  EXPECT_THAT(mistake(sgd(), false),
              FailsWith(StatusCode::kInvalidArgument, "depends on no trainable variable"));
  EXPECT_THAT(mistake(sgd({.momentum = 1}), true),
              FailsWith(StatusCode::kInvalidArgument, "momentum 1"));
  const auto mistake_of = [](const MinimizeOptions& options) {
    GraphBuilder b("g");
    const Value w = b.variable("w", f32({1}, {1}));
    minimize(reduce_sum(w * w, {}, false), *sgd(), options);
    return b.status();
  };
  EXPECT_THAT(mistake_of({.max_gradient_value = -1}),
              FailsWith(StatusCode::kInvalidArgument, "gradient value -1 is below 0"));
  EXPECT_THAT(mistake_of({.l1 = NAN}), FailsWith(StatusCode::kInvalidArgument, "l1 nan"));
  EXPECT_THAT(mistake_of({.accumulate = 0}),
              FailsWith(StatusCode::kInvalidArgument, "gradients of 0 steps"));
  EXPECT_THAT(mistake_of({.average_decay = 1}),
              FailsWith(StatusCode::kInvalidArgument, "average decay 1"));
  EXPECT_THAT(mistake(adam({.beta1 = -1}), true),
              FailsWith(StatusCode::kInvalidArgument, "beta1 -1"));
}

TEST(Optimizer, ANetworkLearnsExclusiveOr) {
  GraphBuilder b("xor");
  nn::Layers nn(b, {.seed = 1});
  const Value x = b.input("x", DType::kF32, {"N", 2});
  const Value target = b.input("target", DType::kF32, {"N", 1});
  const Value h = tanh(nn.dense(x, {.units = 8}));
  const Value scores = nn.dense(h, {.units = 1});
  const Value loss = binary_cross_entropy(scores, target);
  minimize(loss, *adam());
  b.output("loss", loss);
  b.output("scores", scores);
  auto session = Session::create(*b.build(), {.threads = 1});
  ASSERT_THAT(session, IsOk());
  std::vector<Tensor> out;
  for (std::int64_t step = 1; step <= 300; ++step) {
    auto ran = session->run({{"x", f32({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1})},
                             {"target", f32({4, 1}, {0, 1, 1, 0})},
                             {"learning_rate", Tensor::scalar<float>(0.05f)},
                             {"step", Tensor::scalar<std::int64_t>(step)}});
    ASSERT_THAT(ran, IsOk());
    out = std::move(*ran);
  }
  EXPECT_LT(values_of(out[0])[0], 0.05);
  const auto scores_now = values_of(out[1]);
  EXPECT_TRUE(scores_now[0] < 0 && scores_now[1] > 0 && scores_now[2] > 0 && scores_now[3] < 0);
}

}  // namespace
}  // namespace tern

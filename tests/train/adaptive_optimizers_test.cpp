// Every optimiser is followed for five steps against its formula in double, written as torch 1.13
// documents it, element by element.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>

#include "tern/functions.h"
#include "tern/optimizer.h"
#include "tern/session.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::values_of;

using Pair = std::array<double, 2>;
constexpr Pair kStart{1, -3};
constexpr int kSteps = 5;

// Minimises the sum of w^2 / 2 + 2 w, whose gradient is w + 2; returns w after each step.
std::vector<Pair> run(const Optimizer& optimizer, double rate, DType type = DType::kF32) {
  GraphBuilder b("g");
  const Value w =
      b.variable("w", testing::filled(type, {2}, [](std::int64_t i) { return kStart.at(i); }));
  const Value loss = reduce_sum(w * w * 0.5 + w * 2.0, {}, false);
  minimize(loss, optimizer);
  b.output("loss", loss);
  auto graph = b.build();
  EXPECT_THAT(graph, IsOk());
  if (!graph.ok()) return {};
  auto session = Session::create(std::move(*graph), {.threads = 1});
  EXPECT_THAT(session, IsOk());
  std::vector<Pair> path;
  for (std::int64_t step = 1; step <= kSteps; ++step) {
    const auto out =
        session->run({{"learning_rate", Tensor::scalar<float>(static_cast<float>(rate))},
                      {"step", Tensor::scalar<std::int64_t>(step)}});
    EXPECT_THAT(out, IsOk());
    const auto now = values_of(*session->variables()->find("w"));
    path.push_back({now[0], now[1]});
  }
  return path;
}

// body(w, step) is the parameter after a step; called for each element with states of its own.
using Step = std::function<double(double w, int step)>;
void expect_follows(const std::vector<Pair>& path, const std::function<Step()>& make,
                    double tolerance = 2e-6) {
  ASSERT_EQ(path.size(), static_cast<std::size_t>(kSteps));
  for (std::size_t i = 0; i < 2; ++i) {
    const Step body = make();
    double w = kStart[i];
    for (int step = 1; step <= kSteps; ++step) {
      w = body(w, step);
      EXPECT_NEAR(path[static_cast<std::size_t>(step - 1)][i], w, tolerance)
          << "element " << i << ", step " << step;
    }
  }
}

TEST(AdaptiveOptimizer, AdagradDividesByTheSumOfSquares) {
  const auto formula = [](double rate_decay, double decay) {
    return [=] {
      return [=, sum = 0.0](double w, int step) mutable {
        const double g = w + 2 + decay * w;
        sum += g * g;
        return w - 0.3 / (1 + (step - 1) * rate_decay) * g / (std::sqrt(sum) + 1e-10);
      };
    };
  };
  expect_follows(run(*adagrad(), 0.3), formula(0, 0));
  expect_follows(run(*adagrad({.rate_decay = 0.5, .weight_decay = 0.1}), 0.3), formula(0.5, 0.1));
}

TEST(AdaptiveOptimizer, RmsPropDividesByARunningMeanOfSquares) {
  struct Case {
    double momentum;
    bool centered;
    double decay;
  };
  for (const Case& c : {Case{0, false, 0}, Case{0.9, false, 0.1}, Case{0.5, true, 0}}) {
    const auto formula = [&] {
      return [=, v = 0.0, m = 0.0, buffer = 0.0](double w, int) mutable {
        const double g = w + 2 + c.decay * w;
        v = 0.9 * v + 0.1 * g * g;
        m = 0.9 * m + 0.1 * g;
        const double size = std::sqrt(c.centered ? v - m * m : v) + 1e-8;
        buffer = c.momentum * buffer + g / size;
        return w - 0.02 * buffer;
      };
    };
    expect_follows(run(*rmsprop({.alpha = 0.9,
                                 .momentum = c.momentum,
                                 .centered = c.centered,
                                 .weight_decay = c.decay}),
                       0.02),
                   formula);
  }
}

TEST(AdaptiveOptimizer, AdadeltaNeedsNoRate) {
  const auto formula = [] {
    return [v = 0.0, d = 0.0](double w, int) mutable {
      const double g = w + 2 + 0.1 * w;
      v = 0.8 * v + 0.2 * g * g;
      const double delta = std::sqrt(d + 1e-3) / std::sqrt(v + 1e-3) * g;
      d = 0.8 * d + 0.2 * delta * delta;
      return w - delta;
    };
  };
  expect_follows(run(*adadelta({.rho = 0.8, .epsilon = 1e-3, .weight_decay = 0.1}), 1), formula);
}

TEST(AdaptiveOptimizer, FiveStepsEndWhereTorchsDo) {  // tests/train/torch_reference.py
  const auto expect_ends = [](const std::vector<Pair>& path, const Pair& end) {
    ASSERT_EQ(path.size(), static_cast<std::size_t>(kSteps));
    EXPECT_NEAR(path.back()[0], end[0], 2e-6);
    EXPECT_NEAR(path.back()[1], end[1], 2e-6);
  };
  expect_ends(run(*adagrad({.rate_decay = 0.5, .weight_decay = 0.1}), 0.3),
              {0.39084132, -2.43141697});
  expect_ends(run(*rmsprop({.alpha = 0.9, .momentum = 0.9, .weight_decay = 0.1}), 0.02),
              {0.39444317, -2.41230668});
  expect_ends(run(*rmsprop({.alpha = 0.9, .momentum = 0.5, .centered = true}), 0.02),
              {0.60037375, -2.61796408});
  expect_ends(run(*adadelta({.rho = 0.8, .epsilon = 1e-3, .weight_decay = 0.1}), 1),
              {0.62873219, -2.64641842});
  expect_ends(run(*sgd({.momentum = 0.9, .nesterov = true, .weight_decay = 0.1}), 0.1),
              {-2.27824718, -1.62525118});
  expect_ends(run(*adam({.weight_decay = 0.1}), 0.1), {0.50191951, -2.50615561});
  expect_ends(run(*adamw({.weight_decay = 0.1}), 0.1), {0.46284638, -2.37490792});
}

TEST(AdaptiveOptimizer, LambsStepsAreAsLongAsTheParameter) {
  const auto path = run(*lamb({.weight_decay = 0.1}), 0.05);
  ASSERT_EQ(path.size(), static_cast<std::size_t>(kSteps));
  Pair w = kStart, m{}, v{}, d{};
  for (int step = 1; step <= kSteps; ++step) {
    for (std::size_t i = 0; i < 2; ++i) {
      const double g = w[i] + 2;
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      d[i] = m[i] / (1 - std::pow(0.9, step)) /
                 (std::sqrt(v[i] / (1 - std::pow(0.999, step))) + 1e-6) +
             0.1 * w[i];
    }
    const double trust = std::hypot(w[0], w[1]) / std::hypot(d[0], d[1]);
    for (std::size_t i = 0; i < 2; ++i) {
      w[i] -= 0.05 * trust * d[i];
      EXPECT_NEAR(path[static_cast<std::size_t>(step - 1)][i], w[i], 2e-5) << step;
    }
  }
}

TEST(AdaptiveOptimizer, ParametersMayBeOfOtherTypes) {
  const auto formula = [] {
    return [sum = 0.0](double w, int) mutable {
      const double g = w + 2;
      sum += g * g;
      return w - 0.25 * g / (std::sqrt(sum) + 1e-10);
    };
  };
  expect_follows(run(*adagrad(), 0.25, DType::kF64), formula, 1e-12);
  expect_follows(run(*adagrad(), 0.25, DType::kF16), formula, 1e-2);
}

TEST(AdaptiveOptimizer, AParameterOfZerosStartsWithAPlainStep) {
  // |w| is 0, so the quotient of the norms is 1; the first step of Adam has the size of the rate.
  GraphBuilder b("g");
  const Value w = b.variable("w", testing::f32({2}, {0, 0}));
  minimize(reduce_sum(w * 2.0, {}, false), *lamb({.weight_decay = 0}));
  auto session = Session::create(*b.build(), {.threads = 1});
  ASSERT_THAT(session, IsOk());
  ASSERT_THAT(session->run({{"learning_rate", Tensor::scalar<float>(0.125F)},
                            {"step", Tensor::scalar<std::int64_t>(1)}}),
              IsOk());
  const auto now = values_of(*session->variables()->find("w"));
  EXPECT_NEAR(now[0], -0.125, 1e-5);
  EXPECT_NEAR(now[1], -0.125, 1e-5);
}

TEST(AdaptiveOptimizer, MistakesAreTold) {
  const auto mistake = [](std::shared_ptr<const Optimizer> optimizer) {
    GraphBuilder b("g");
    const Value w = b.variable("w", testing::f32({1}, {1}));
    minimize(reduce_sum(w * w, {}, false), *optimizer);
    return b.status();
  };
  EXPECT_THAT(mistake(adagrad({.rate_decay = -1})),
              FailsWith(StatusCode::kInvalidArgument, "adagrad: rate decay -1"));
  EXPECT_THAT(mistake(rmsprop({.alpha = 1})),
              FailsWith(StatusCode::kInvalidArgument, "rmsprop: alpha 1"));
  EXPECT_THAT(mistake(adadelta({.epsilon = 0})),
              FailsWith(StatusCode::kInvalidArgument, "adadelta: rho 0.9, epsilon 0"));
  EXPECT_THAT(mistake(lamb({.beta2 = NAN})),
              FailsWith(StatusCode::kInvalidArgument, "lamb: beta1 0.9, beta2 nan"));
}

}  // namespace
}  // namespace tern

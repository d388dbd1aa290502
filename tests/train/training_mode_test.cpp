#include <gtest/gtest.h>

#include <cmath>

#include "tern/functions.h"
#include "tern/nn.h"
#include "tern/session.h"
#include "tern/trainable.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::all_close;
using testing::f32;
using testing::IsOk;
using testing::values_of;

TEST(TrainingMode, BatchNormalizationUsesTheBatchAndMovesItsStatistics) {
  GraphBuilder b("g");
  nn::Layers nn(b);
  b.output("y",
           nn.batch_norm(b.input("x", DType::kF32, {"N", 1}), {.momentum = 0.75F, .epsilon = 0}));
  Graph graph = *b.build();
  const auto store = std::make_shared<VariableStore>();
  auto running = *Session::create(graph, {.threads = 1, .variables = store});
  ASSERT_THAT(use_training_mode(graph), IsOk());
  auto training = *Session::create(std::move(graph), {.threads = 1, .variables = store});
  EXPECT_EQ(training.outputs()[0].name, "y");
  // Mean 3 and variance 4 of the batch; the statistics begin at 0 and 1.
  const auto y = training.run({{"x", f32({2, 1}, {1, 5})}});
  ASSERT_THAT(y, IsOk());
  EXPECT_TRUE(all_close((*y)[0], f32({2, 1}, {-1, 1})));
  EXPECT_TRUE(all_close(*store->find("batch_norm1.mean"), f32({1}, {0.75})));
  EXPECT_TRUE(all_close(*store->find("batch_norm1.variance"), f32({1}, {1.75})));
  const auto now = running.run({{"x", f32({1, 1}, {1})}});
  ASSERT_THAT(now, IsOk());
  EXPECT_TRUE(all_close((*now)[0], f32({1, 1}, {0.25 / std::sqrt(1.75)})));
}

TEST(TrainingMode, ALayerUsedTwiceMovesItsStatisticsTwice) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {"N", 1});
  const Value one = b.variable("one", f32({1}, {1}));
  const Value zero = b.variable("zero", f32({1}, {0}));
  const Value mean = b.variable("mean", f32({1}, {0}), false);
  const Value variance = b.variable("variance", f32({1}, {1}), false);
  const ops::BatchNormalization op{.momentum = 0.5F};
  b.output("a", b.op(op, {x, one, zero, mean, variance}));
  b.output("b", b.op(op, {x + 2.0, one, zero, mean, variance}));
  Graph graph = *b.build();
  ASSERT_THAT(use_training_mode(graph), IsOk());
  auto session = *Session::create(std::move(graph), {.threads = 1});
  ASSERT_THAT(session.run({{"x", f32({2, 1}, {3, 5})}}), IsOk());
  // Means 4 and 6: 0 -> 2 -> 4.
  EXPECT_TRUE(all_close(*session.variables()->find("mean"), f32({1}, {4})));
}

TEST(TrainingMode, DropoutDropsItsShareAndKeepsTheMean) {
  GraphBuilder b("g");
  nn::Layers nn(b);
  b.output("y", nn.dropout(b.input("x", DType::kF32, {"N"}), {.ratio = 0.25F}));
  Graph graph = *b.build();
  ASSERT_THAT(use_training_mode(graph), IsOk());
  auto session = *Session::create(std::move(graph), {.threads = 1, .seed = 9});
  const Tensor x = testing::filled(DType::kF32, {10000}, [](std::int64_t) { return 3; });
  const auto draw = [&](std::uint64_t step) {
    return std::move((*session.run(std::span(&x, 1), RunOptions{.step = step}))[0]);
  };
  const Tensor y = draw(1);
  std::int64_t dropped = 0;
  for (const double value : values_of(y)) {
    ASSERT_TRUE(value == 0 || value == 4);
    dropped += value == 0;
  }
  EXPECT_NEAR(static_cast<double>(dropped), 2500, 5 * std::sqrt(10000 * 0.25 * 0.75));
  EXPECT_TRUE(identical(y, draw(1))) << "the same step draws the same";
  EXPECT_FALSE(identical(y, draw(2)));
}

TEST(TrainingMode, FrozenStatisticsStay) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {"N", 1});
  const Value one = b.constant(f32({1}, {1}));
  b.output("y", b.op(ops::BatchNormalization{}, {x, one, one, one, one}));
  Graph graph = *b.build();
  ASSERT_THAT(use_training_mode(graph), IsOk());
  EXPECT_TRUE(graph.updates().empty());
}

}  // namespace
}  // namespace tern

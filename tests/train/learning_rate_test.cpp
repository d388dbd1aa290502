#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "tern/optimizer.h"

namespace tern {
namespace {

TEST(LearningRate, StaysConstant) {
  const LearningRate rate = constant_rate(0.1);
  EXPECT_EQ(rate(0), 0.1);
  EXPECT_EQ(rate(1'000'000), 0.1);
}

TEST(LearningRate, FallsInSteps) {
  const LearningRate rate = step_decay(1, 10, 0.5);
  EXPECT_EQ(rate(0), 1);
  EXPECT_EQ(rate(9), 1);
  EXPECT_EQ(rate(10), 0.5);
  EXPECT_EQ(rate(29), 0.25);
}

TEST(LearningRate, FallsAlongACosine) {
  const LearningRate rate = cosine_decay(1, 90, 0.2);
  EXPECT_DOUBLE_EQ(rate(0), 1);
  EXPECT_DOUBLE_EQ(rate(45), 0.6);
  EXPECT_DOUBLE_EQ(rate(30), 0.2 + 0.8 * 0.75);  // cos 60 degrees is 1/2
  EXPECT_DOUBLE_EQ(rate(90), 0.2);
  EXPECT_DOUBLE_EQ(rate(1000), 0.2);
}

TEST(LearningRate, GoesUpAndDownInOneCycleAsTorchs) {
  // OneCycleLR(max_lr=1, total_steps=20), see tests/train/torch_reference.py.
  const LearningRate rate = one_cycle(1, 20);
  const std::vector<double> expected{
      0.04, 0.1316718427000253, 0.3716718427000253, 0.6683281572999747, 0.9083281572999747,
      1.0,  0.9874640062350873, 0.9504846320134737, 0.89091617757105};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(rate(static_cast<std::int64_t>(i)), expected[i], 1e-12) << i;
  }
  EXPECT_NEAR(rate(18), 0.012539993764912554, 1e-12);
  EXPECT_NEAR(rate(19), 4e-6, 1e-12);
  EXPECT_NEAR(rate(1000), 4e-6, 1e-12);
  EXPECT_DOUBLE_EQ(one_cycle(1, 10, {.rise = 0})(0),
                   (1 + 4e-6) / 2 + (1 - 4e-6) / 2 * std::cos(std::numbers::pi / 10));
  EXPECT_DOUBLE_EQ(one_cycle(2, 10, {.rise = 1, .start = 0.5})(0), 1);
  EXPECT_DOUBLE_EQ(one_cycle(2, 10, {.rise = 1, .start = 0.5})(9), 2);
  EXPECT_TRUE(std::isfinite(one_cycle(1, 0)(0)));
}

TEST(LearningRate, RisesBeforeAnother) {
  const LearningRate rate = warm_up(4, step_decay(1, 10, 0.5));
  EXPECT_DOUBLE_EQ(rate(0), 0.2);
  EXPECT_DOUBLE_EQ(rate(3), 0.8);
  EXPECT_DOUBLE_EQ(rate(4), 1);
  EXPECT_DOUBLE_EQ(rate(13), 1);
  EXPECT_DOUBLE_EQ(rate(14), 0.5);
}

}  // namespace
}  // namespace tern

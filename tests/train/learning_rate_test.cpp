#include <gtest/gtest.h>

#include <cmath>

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

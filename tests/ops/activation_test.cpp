#include "ops/activation.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tern::ops {
namespace {

double at(Activation kind, double x) {
  return activate({.kind = kind, .alpha = 0.25, .beta = 0.5, .lo = -1, .hi = 2}, x);
}

// The constants are of sigmoid(1), tanh(1) and the normal distribution function at 1.
TEST(Activation, FollowsItsFormula) {
  EXPECT_EQ(at(Activation::kNone, -3), -3);
  EXPECT_EQ(at(Activation::kRelu, -3), 0);
  EXPECT_EQ(at(Activation::kRelu, 3), 3);
  EXPECT_EQ(at(Activation::kClip, -3), -1);
  EXPECT_EQ(at(Activation::kClip, 3), 2);
  EXPECT_NEAR(at(Activation::kSigmoid, 1), 0.731058578630005, 1e-14);
  EXPECT_NEAR(at(Activation::kSilu, -1), -1 + 0.731058578630005, 1e-14);
  EXPECT_NEAR(at(Activation::kTanh, 1), 0.761594155955765, 1e-14);
  EXPECT_NEAR(at(Activation::kGelu, 1), 0.841344746068543, 1e-14);
  EXPECT_NEAR(at(Activation::kGeluTanh, 1), 0.841191990608276, 1e-14);
  EXPECT_NEAR(at(Activation::kHardSwish, 1), 2.0 / 3, 1e-14);
  EXPECT_EQ(at(Activation::kHardSwish, -4), 0);
  EXPECT_EQ(at(Activation::kHardSwish, 4), 4);
  EXPECT_EQ(at(Activation::kHardSigmoid, 1), 0.75);
  EXPECT_EQ(at(Activation::kHardSigmoid, 9), 1);
  EXPECT_EQ(at(Activation::kLeakyRelu, -4), -1);
  EXPECT_EQ(at(Activation::kLeakyRelu, 4), 4);
  EXPECT_NEAR(at(Activation::kElu, -1), 0.25 * (1 / std::exp(1.0) - 1), 1e-14);
}

}  // namespace
}  // namespace tern::ops

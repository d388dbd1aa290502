#include "inspect/compare.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/tensors.h"

namespace tern::inspect {
namespace {

using testing::f32;
using testing::f64;
using testing::i64;

TEST(Agreement, IsTheCosineAndTheShareOfRowsThatPeakTogether) {
  const auto near = agreement(f32({2, 2}, {3, 0, 0, 4}), f32({2, 2}, {3, 1, 2, 0}));
  ASSERT_TRUE(near.has_value());
  EXPECT_DOUBLE_EQ(near->cosine, 9 / (5 * std::sqrt(14.0)));
  EXPECT_DOUBLE_EQ(near->same_largest, 0.5);
}

TEST(Agreement, OfZerosIsWhole) {
  const auto zeros = agreement(f32({3}, {0, 0, 0}), f32({3}, {0, 0, 0}));
  ASSERT_TRUE(zeros.has_value());
  EXPECT_EQ(zeros->cosine, 1);
  EXPECT_EQ(zeros->same_largest, 1);
}

TEST(Agreement, IsOfFloatsOfOneShapeOnly) {
  EXPECT_FALSE(agreement(i64({2}, {1, 2}), i64({2}, {1, 2})).has_value());
  EXPECT_FALSE(agreement(f32({2}, {1, 2}), f64({2}, {1, 2})).has_value());
  EXPECT_FALSE(agreement(f32({2}, {1, 2}), f32({1, 2}, {1, 2})).has_value());
}

TEST(Compare, CloseAsksForTheCosineAndTheLargestElements) {
  const Tolerance close{.mode = CompareMode::kClose};
  EXPECT_TRUE(compare(f32({1, 3}, {1, 2, 8.1}), f32({1, 3}, {1, 2, 8}), close).ok());
  EXPECT_EQ(compare(f32({1, 2}, {1, 1.01}), f32({1, 2}, {1.01, 1}), close).message(),
            "row 0 is largest at 1, want 0");
  EXPECT_EQ(compare(f32({2}, {0, 1}), f32({2}, {1, 1}), close).message(),
            "cosine 0.7071 is below 0.99");
}

}  // namespace
}  // namespace tern::inspect

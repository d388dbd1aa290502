#include "serve/http/classification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;

TEST(TopPositions, HighestFirstEqualsInOrderAndNanLast) {
  EXPECT_THAT(top_positions(std::vector<double>{NAN, 1, 3, 1}, 4), ElementsAre(2, 1, 3, 0));
  EXPECT_THAT(top_positions(std::vector<double>{1, 2}, 1), ElementsAre(1));
  EXPECT_THAT(top_positions({}, 3), ElementsAre());
}

TEST(Classify, TellsValueIndexAndLabelPerRow) {
  const Tensor scores =
      *Tensor::from<float>({2, 3}, std::vector<float>{0.25F, 0.5F, 0.125F, 3, 2, 1});
  const std::vector<std::string> labels{"cat", "dog"};
  const Tensor top = *classify(scores, 2, true, labels);
  EXPECT_EQ(top.shape(), (Shape{2, 2}));
  EXPECT_THAT(top.span<std::string>(),
              ElementsAre("0.500000:1:dog", "0.250000:0:cat", "3.000000:0:cat", "2.000000:1:dog"));
  const Tensor all = *classify(scores, 100, false, {});
  EXPECT_EQ(all.shape(), (Shape{6}));
  EXPECT_EQ(all.span<std::string>()[0], "3.000000:3");
}

TEST(Classify, IntegersStayWhole) {
  const Tensor scores = Tensor::vector<std::int32_t>({-5, 7});
  EXPECT_THAT((*classify(scores, 2, false, {})).span<std::string>(), ElementsAre("7:1", "-5:0"));
}

TEST(Classify, IsForScores) {
  EXPECT_THAT(classify(*Tensor::zeros(DType::kString, {2}), 1, false, {}),
              FailsWith(StatusCode::kInvalidArgument, "for numbers, not BYTES"));
  EXPECT_THAT(classify(*Tensor::zeros(DType::kF32, {2, 0}), 1, true, {}),
              FailsWith(StatusCode::kInvalidArgument, "has no scores"));
}

}  // namespace
}  // namespace tern::serve

#include "quantize/calibration.h"

#include <cmath>

#include "tern/functions.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern::quant {
namespace {

using tern::testing::f32;
using tern::testing::FailsWith;
using tern::testing::IsOk;

TEST(ByteScale, CoversTheRangeAndZero) {
  EXPECT_FLOAT_EQ(byte_scale({0, 255}).scale, 1.0F);
  EXPECT_EQ(byte_scale({0, 255}).zero, 0);
  EXPECT_FLOAT_EQ(byte_scale({-1, 3}).scale, 4.0F / 255);
  EXPECT_EQ(byte_scale({-1, 3}).zero, 64);  // 63.75
  EXPECT_FLOAT_EQ(byte_scale({2, 5}).scale, 5.0F / 255);
  EXPECT_EQ(byte_scale({2, 5}).zero, 0);
  EXPECT_EQ(byte_scale({-5, -2}).zero, 255);
  EXPECT_FLOAT_EQ(byte_scale({0, 0}).scale, 1.0F);
  EXPECT_TRUE(std::isfinite(byte_scale({-3e38F, 3e38F}).scale));
}

TEST(Histogram, CountsInEqualParts) {
  Histogram histogram({-1, 1});
  const std::vector<float> values{-1, -0.99999F, 0, 0.99999F, 1, 7};
  histogram.add(values);
  EXPECT_EQ(histogram.counts().front(), 2);
  EXPECT_EQ(histogram.counts()[Histogram::kBins / 2], 1);
  EXPECT_EQ(histogram.counts().back(), 3);
  EXPECT_DOUBLE_EQ(histogram.edge(Histogram::kBins), 1.0);
}

// 0, 1, ..., 9999 without the outermost 1 percent at each end.
TEST(PercentileRange, CutsBothEnds) {
  Histogram histogram({0, 9999});
  for (int i = 0; i < 10000; ++i) {
    const auto x = static_cast<float>(i);
    histogram.add({&x, 1});
  }
  const Range range = percentile_range(histogram, 98);
  EXPECT_NEAR(range.lo, 100, 10);
  EXPECT_NEAR(range.hi, 9900, 10);
  EXPECT_EQ(percentile_range(histogram, 100), histogram.range());
}

// Quantiles of the normal distribution, and one value far away.
Histogram normal_with_outlier(float outlier) {
  std::vector<float> values;
  for (int i = 1; i < 20000; ++i) {
    const double p = i / 20000.0;
    // Winitzki's approximation of the inverse error function, to two digits and more.
    const double y = 2 * p - 1;
    const double l = std::log(1 - y * y), t = 2 / (M_PI * 0.147) + l / 2;
    const double x = std::sqrt(2.0) * std::sqrt(std::sqrt(t * t - l / 0.147) - t);
    values.push_back(static_cast<float>(y < 0 ? -x : x));
  }
  values.push_back(outlier);
  Histogram histogram({-outlier, outlier});
  histogram.add(values);
  return histogram;
}

TEST(EntropyRange, LeavesAnOutlierOut) {
  const Range range = entropy_range(normal_with_outlier(40));
  EXPECT_LT(range.hi, 8);
  EXPECT_GT(range.hi, 2.5);
  EXPECT_FLOAT_EQ(range.lo, -range.hi);
}

TEST(EntropyRange, ZerosDoNotPullTheRange) {
  std::vector<float> values(50000, 0.0F);
  for (int i = 0; i < 50000; ++i) values.push_back(static_cast<float>(i) / 50000);
  Histogram histogram({0, 1});
  histogram.add(values);
  const Range range = entropy_range(histogram);
  EXPECT_FLOAT_EQ(range.lo, 0);
  EXPECT_GT(range.hi, 0.9);
}

class Calibrate : public ::testing::Test {
 protected:
  Calibrate() : x_(graph_.add_input("x", {DType::kF32, {Dim(), Dim(2)}})) {
    GraphBuilder b(graph_);
    const Value y = Value(&b, x_) * 2.0;
    doubled_ = y.id();
    graph_.set_outputs({y.id()});
  }
  Result<std::vector<Range>> run(const std::vector<std::vector<Tensor>>& samples) {
    const ValueId values[] = {x_, doubled_};
    return calibrate(graph_, values, samples, {});
  }
  Graph graph_;
  ValueId x_;
  ValueId doubled_ = kNoValue;
};

TEST_F(Calibrate, TakesTheExtremesOfAllSamples) {
  const auto ranges = run({{f32({1, 2}, {1, -3})}, {f32({2, 2}, {0, 5, 0, 0})}});
  ASSERT_THAT(ranges, IsOk());
  EXPECT_EQ((*ranges)[0], (Range{-3, 5}));
  EXPECT_EQ((*ranges)[1], (Range{-6, 10}));
}

TEST_F(Calibrate, NamesWhatIsNotFinite) {
  EXPECT_THAT(run({{f32({1, 2}, {1, 2})}, {f32({1, 2}, {1, NAN})}}),
              FailsWith(StatusCode::kInvalidArgument, "sample 1, x"));
}

TEST_F(Calibrate, NamesTheSampleThatDoesNotFit) {
  EXPECT_THAT(run({{f32({1, 3}, {1, 2, 3})}}), FailsWith(StatusCode::kInvalidArgument, "sample 0"));
}

}  // namespace
}  // namespace tern::quant

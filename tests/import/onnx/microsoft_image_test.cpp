#include <gtest/gtest.h>

#include "tests/import/onnx/node_model.h"
#include "tests/support/status_matchers.h"

namespace tern::testing {
namespace {

// Images of 2 x 2 pixels with the channels 1 2 3 4 and 10 20 30 40.
const Tensor kFirst = f32({1, 2, 2, 2}, {1, 2, 3, 4, 10, 20, 30, 40});
const Tensor kLast = f32({1, 2, 2, 2}, {1, 10, 2, 20, 3, 30, 4, 40});
// One output channel: the first input channel minus the second.
const Tensor kDifference = f32({1, 2, 1, 1}, {1, -1});
const Tensor kBias = f32({1}, {30});

TEST(MicrosoftConv, AddsAndActivates) {
  const Tensor z = f32({1, 1, 2, 2}, {0, 0, 0, 1});
  // Differences -9 -18 -27 -36, plus 30: 21 12 3 -6, plus Z.
  NodeModel relu("FusedConv");
  relu.text("activation", "Relu").input(kFirst).constant(kDifference).constant(kBias).input(z);
  EXPECT_TRUE(all_close(relu.run()[0], f32({1, 1, 2, 2}, {21, 12, 3, 0})));
  EXPECT_EQ(relu.operators(), "Conv Add Relu");
  NodeModel clip("FusedConv");
  clip.text("activation", "Clip").floats("activation_params", {-5, 10});
  clip.input(kFirst).constant(kDifference).constant(kBias);
  EXPECT_TRUE(all_close(clip.run()[0], f32({1, 1, 2, 2}, {10, 10, 3, -5})));
  EXPECT_THAT(NodeModel("FusedConv")
                  .text("activation", "Clip")
                  .input(kFirst)
                  .constant(kDifference)
                  .import(),
              FailsWith(StatusCode::kUnimplemented, "activation Clip"));
}

TEST(MicrosoftConv, HasTheChannelsLast) {
  EXPECT_TRUE(
      all_close(NodeModel("NhwcConv").input(kLast).constant(kDifference).constant(kBias).run()[0],
                f32({1, 2, 2, 1}, {21, 12, 3, -6})));
  EXPECT_TRUE(all_close(NodeModel("NhwcFusedConv")
                            .text("activation", "Relu")
                            .input(kLast)
                            .constant(kDifference)
                            .constant(kBias)
                            .input(f32({1, 2, 2, 1}, {1, 1, 1, 10}))
                            .run()[0],
                        f32({1, 2, 2, 1}, {22, 13, 4, 4})));
  EXPECT_TRUE(all_close(NodeModel("NhwcMaxPool").ints("kernel_shape", {2, 2}).input(kLast).run()[0],
                        f32({1, 1, 1, 2}, {4, 40})));
  EXPECT_THAT(
      NodeModel("NhwcMaxPool").ints("kernel_shape", {}).input(f32({2, 2}, {1, 2, 3, 4})).import(),
      FailsWith(StatusCode::kInvalidArgument, "an image has rank 2"));
}

TEST(MicrosoftConv, TransposedTakesPadsFromAConstant) {
  // Each pixel spreads to 2 x 2, which makes 3 x 3; pads of 1 leave the middle, where all meet.
  NodeModel m("ConvTransposeWithDynamicPads");
  m.input(f32({1, 1, 2, 2}, {1, 2, 3, 4})).constant(f32({1, 1, 2, 2}, {1, 1, 1, 1}));
  NodeModel computed = m;
  m.constant(i64({4}, {1, 1, 1, 1}));
  EXPECT_TRUE(all_close(m.run()[0], f32({1, 1, 1, 1}, {10})));
  computed.input(i64({4}, {1, 1, 1, 1}));
  EXPECT_THAT(computed.import(),
              FailsWith(StatusCode::kUnimplemented, "input 2 is not a constant of integers"));
}

TEST(MicrosoftGridSample, ReadsTheOldNames) {
  const Tensor x = f32({1, 1, 1, 3}, {10, 20, 40});
  const Tensor grid = f32({1, 1, 2, 2}, {0.5, 0, 3, 0});
  EXPECT_TRUE(all_close(NodeModel("GridSample")
                            .text("mode", "bilinear")
                            .text("padding_mode", "border")
                            .integer("align_corners", 1)
                            .input(x)
                            .input(grid)
                            .run()[0],
                        f32({1, 1, 1, 2}, {30, 40})));
  EXPECT_THAT(NodeModel("GridSample").text("mode", "linear").input(x).input(grid).import(),
              FailsWith(StatusCode::kInvalidArgument, "mode is linear"));
}

TEST(MicrosoftCropAndResize, ReadsEvenlySpacedPoints) {
  const Tensor x = f32({2, 1, 2, 3}, {0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15});
  const auto crop = [&](std::string_view mode, std::vector<double> region, std::int64_t image,
                        std::vector<std::int64_t> size) {
    NodeModel m("CropAndResize");
    m.text("mode", mode).number("extrapolation_value", -1);
    m.input(x).input(f32({1, 4}, region)).input(i32({1}, {image})).constant(i32({2}, size));
    return m.run()[0];
  };
  // All rows; columns 0, 1/2, 1.
  EXPECT_TRUE(all_close(crop("bilinear", {0, 0, 1, 0.5}, 1, {2, 3}),
                        f32({1, 1, 2, 3}, {10, 10.5, 11, 13, 13.5, 14})));
  // One point in the middle of the region: row 1/2, column 1.
  EXPECT_TRUE(all_close(crop("bilinear", {0, 0, 1, 1}, 0, {1, 1}), f32({1, 1, 1, 1}, {2.5})));
  // Row 1/2 lies between two rows: the further one.
  EXPECT_TRUE(all_close(crop("nearest", {0.5, 0, 0.5, 1}, 0, {1, 2}), f32({1, 1, 1, 2}, {3, 5})));
  // Columns -1, 1 and 3: only the middle one is in the image.
  EXPECT_TRUE(
      all_close(crop("bilinear", {0, -0.5, 0, 1.5}, 0, {1, 3}), f32({1, 1, 1, 3}, {-1, 1, -1})));
}

}  // namespace
}  // namespace tern::testing

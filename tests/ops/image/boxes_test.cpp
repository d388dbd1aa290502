#include "tern/ops/image.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

using ops::RoiAlign;
using ops::RoiCoordinates;
using ops::RoiMode;

// onnx.ai/onnx/operators/onnx__NonMaxSuppression.html
const Tensor kBoxes = f32({1, 6, 4}, {0, 0,  1, 1,  0, 0.1,  1, 1.1,  0, -0.1, 1, 0.9,
                                      0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100,  1, 101});
const Tensor kScores = f32({1, 1, 6}, {0.9, 0.75, 0.6, 0.95, 0.5, 0.3});

const Tensor kImage = f32({1, 1, 4, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
const Tensor kRegion = f32({1, 4}, {0, 0, 2, 2});

RoiAlign cells(RoiCoordinates coordinates, RoiMode mode = RoiMode::kAvg) {
  return {.coordinate_transformation_mode = coordinates,
          .mode = mode,
          .output_height = 2,
          .output_width = 2,
          .sampling_ratio = 1};
}

}  // namespace

TERN_OP_TEST(NonMaxSuppression) {
  const ops::NonMaxSuppression corners;
  return {
      {.name = "overlapping boxes lose",
       .op = corners,
       .inputs = {kBoxes, kScores, i64({1}, {3}), f32({1}, {0.5}), f32({1}, {0})},
       .expected = {i64({3, 3}, {0, 0, 3, 0, 0, 0, 0, 0, 5})}},
      {.name = "low scores do not count",
       .op = corners,
       .inputs = {kBoxes, kScores, i64({1}, {3}), f32({1}, {0.5}), f32({1}, {0.4})},
       .expected = {i64({2, 3}, {0, 0, 3, 0, 0, 0})}},
      {.name = "centre and size",
       .op = ops::NonMaxSuppression{.center_point_box = 1},
       .inputs = {f32({1, 3, 4}, {0.5, 0.5, 1, 1, 0.5, 0.6, 1, 1, 0.5, 10.5, 1, 1}),
                  f32({1, 1, 3}, {0.9, 0.75, 0.95}), i64({}, {3}), f32({}, {0.5})},
       .expected = {i64({2, 3}, {0, 0, 2, 0, 0, 0})}},
      {.name = "corners in any order, two classes, the first of equal scores",
       .op = corners,
       .inputs = {f32({1, 2, 4}, {1, 1, 0, 0, 0, 5, 1, 6}), f32({1, 2, 2}, {0.5, 0.5, 0.2, 0.3}),
                  i64({}, {1})},
       .expected = {i64({2, 3}, {0, 0, 0, 0, 1, 1})}},
      {.name = "an overlap of exactly the threshold stays",
       .op = corners,
       .inputs = {f32({1, 2, 4}, {0, 0, 1, 2, 0, 0, 1, 1}), f32({1, 1, 2}, {0.9, 0.8}),
                  i64({}, {2}), f32({}, {0.5})},
       .expected = {i64({2, 3}, {0, 0, 0, 0, 0, 1})}},
      {.name = "none by default",
       .op = corners,
       .inputs = {kBoxes, kScores},
       .expected = {i64({0, 3}, {})}},
  };
}

TEST(NonMaxSuppression, RefusesBoxesThatDoNotFit) {
  const ops::NonMaxSuppression op;
  expect_refused(op, {kBoxes, f32({1, 1, 2}, {0, 0})}, "sizes 6 and 2 differ");
  expect_refused(op, {f32({1, 1, 3}, {0, 0, 0}), f32({1, 1, 1}, {0})}, "boxes have 3 numbers");
  expect_refused(op, {kBoxes, kScores, i64({}, {1}), f32({}, {2})},
                 "iou_threshold 2 is not in [0, 1]");
}

TERN_OP_TEST(RoiAlign) {
  const Tensor first = i64({1}, {0});
  return {
      // Points at whole pixels.
      {.name = "shifted by half a pixel",
       .op = cells(RoiCoordinates::kHalfPixel),
       .inputs = {kImage, kRegion, first},
       .expected = {f32({1, 1, 2, 2}, {0, 1, 4, 5})},
       .constant_inputs = {1}},
      // Points between four pixels.
      {.name = "not shifted",
       .op = cells(RoiCoordinates::kOutputHalfPixel),
       .inputs = {kImage, kRegion, first},
       .expected = {f32({1, 1, 2, 2}, {2.5, 3.5, 6.5, 7.5})},
       .constant_inputs = {1}},
      {.name = "the largest weighted pixel",
       .op = cells(RoiCoordinates::kOutputHalfPixel, RoiMode::kMax),
       .inputs = {kImage, kRegion, first},
       .expected = {f32({1, 1, 2, 2}, {1.25, 1.5, 2.25, 2.5})},
       .constant_inputs = {1}},
      {.name = "as many points as pixels, a scale, two images",
       .op = RoiAlign{.spatial_scale = 0.5F},
       // Pixels 0 to 1 in both directions, whose mean is that of their corners.
       .inputs = {f32({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 9}),
                  f32({2, 4}, {1, 1, 3, 3, 1, 1, 3, 3}), i64({2}, {1, 0})},
       .expected = {f32({2, 1, 1, 1}, {6.75, 2.5})},
       .constant_inputs = {1}},
      {.name = "outside there is nothing",
       .op = RoiAlign{.sampling_ratio = 1},
       .inputs = {kImage, f32({1, 4}, {20, 20, 22, 22}), first},
       .expected = {f32({1, 1, 1, 1}, {0})},
       .constant_inputs = {1}},
      {.name = "no region",
       .op = RoiAlign{},
       .inputs = {kImage, f32({0, 4}, {}), i64({0}, {})},
       .expected = {f32({0, 1, 1, 1}, {})}},
  };
}

TEST(RoiAlign, RefusesRegionsThatDoNotFit) {
  expect_refused(RoiAlign{}, {kImage, kRegion, i64({1}, {1})},
                 "region 0: image 1 is outside [0, 1)");
  expect_refused(RoiAlign{}, {kImage, f32({1, 4}, {0, 0, 1e9, 1e9}), i64({1}, {0})},
                 "is too large");
  expect_refused(RoiAlign{.output_height = 0}, {kImage, kRegion, i64({1}, {0})},
                 "an output of 0 x 1");
  expect_refused(RoiAlign{}, {kImage, kRegion, i64({2}, {0, 0})}, "sizes 1 and 2 differ");
}

TERN_OP_TEST(RoiAlignGrad) {
  return {
      {.name = "spread over four pixels",
       .op = ops::RoiAlignGrad{RoiAlign{
           .coordinate_transformation_mode = RoiCoordinates::kOutputHalfPixel,
           .sampling_ratio = 1}},
       .inputs = {f32({1, 1, 1, 1}, {4}), f32({1, 1, 2, 2}, {0, 0, 0, 0}),
                  f32({1, 4}, {0, 0, 1, 1}), i64({1}, {0})},
       .expected = {f32({1, 1, 2, 2}, {1, 1, 1, 1})},
       .constant_inputs = {1, 2}},
  };
}

}  // namespace tern::testing

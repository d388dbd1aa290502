#include <limits>

#include "tern/ops/image.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

using ops::GridPadding;
using ops::GridSample;
using ops::GridSampleMode;

const Tensor kSquare = f32({1, 1, 2, 2}, {1, 2, 3, 4});
// Centre, upper left corner, a place in the upper right, far outside; x before y.
const Tensor kPoints = f32({1, 1, 4, 2}, {0, 0, -1, -1, 0.6, -0.6, 9, 9});

}  // namespace

TERN_OP_TEST(GridSample) {
  return {
      // Pixel centres lie at -0.5 and 0.5: the corner is a quarter of the first pixel.
      {.name = "zeros outside",
       .op = GridSample{},
       .inputs = {kSquare, kPoints},
       .expected = {f32({1, 1, 1, 4}, {2.5, 0.25, 0.9 * 0.9 * 2, 0})},
       .gradient = false},
      {.name = "the border outside",
       .op = GridSample{.padding_mode = GridPadding::kBorder},
       .inputs = {kSquare, kPoints},
       .expected = {f32({1, 1, 1, 4}, {2.5, 1, 2, 4})},
       .gradient = false},
      {.name = "corners aligned",
       .op = GridSample{.align_corners = true},
       .inputs = {kSquare, kPoints},
       .expected = {f32({1, 1, 1, 4}, {2.5, 1, 2.2, 0})},
       .gradient = false},
      // Pixel positions -0.75, 2.25 and -2.25, mirrored at -0.5 and 1.5: -0.25, 0.75 and 1.25.
      {.name = "mirrored",
       .op = GridSample{.padding_mode = GridPadding::kReflection},
       .inputs = {f32({1, 1, 2}, {1, 3}), f32({1, 3, 1}, {-1.25, 1.75, -2.75})},
       .expected = {f32({1, 1, 3}, {1, 2.5, 3})}},
      {.name = "mirrored at the centres of the outermost pixels",
       .op = GridSample{.align_corners = true, .padding_mode = GridPadding::kReflection},
       .inputs = {f32({1, 1, 3}, {1, 2, 4}), f32({1, 2, 1}, {-1.5, 3.5})},
       .expected = {f32({1, 1, 2}, {1.5, 1.5})}},
      {.name = "nearest",
       .op = GridSample{.mode = GridSampleMode::kNearest},
       .inputs = {kSquare, f32({1, 1, 2, 2}, {0.6, -0.6, -0.4, 0.4})},
       .expected = {f32({1, 1, 1, 2}, {2, 3})}},
      // Weights -3/32, 19/32, 19/32, -3/32 half way between two pixels.
      {.name = "cubic",
       .op = GridSample{.mode = GridSampleMode::kCubic},
       .inputs = {f32({1, 1, 4}, {1, 2, 4, 8}), f32({1, 1, 1}, {0})},
       .expected = {f32({1, 1, 1}, {2.71875})}},
      {.name = "points between pixels, two images and channels",
       .op = GridSample{},
       .inputs = {random_values(DType::kF32, {2, 2, 3, 4}),
                  f32({2, 1, 2, 2}, {0.1, 0.2, -0.3, 0.1, 0.35, -0.4, 0.05, 0.45})},
       .expected = {Tensor()}},
      {.name = "cubic, points between pixels",
       .op = GridSample{.mode = GridSampleMode::kCubic, .padding_mode = GridPadding::kBorder},
       .inputs = {random_values(DType::kF32, {1, 2, 4, 4}),
                  f32({1, 1, 2, 2}, {0.1, 0.2, -0.3, 0.1})},
       .expected = {Tensor()}},
      {.name = "volumes",
       .op = GridSample{.align_corners = true},
       .inputs = {f32({1, 1, 2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7}),
                  f32({1, 1, 1, 2, 3}, {0.5, 0, -0.5, -1, 1, 1})},
       // x, y, z are 0.75, 0.5, 0.25 on the way, and weigh 1, 2 and 4.
       .expected = {f32({1, 1, 1, 1, 2}, {2.75, 6})},
       .gradient = false},
      {.name = "what is no number reads nothing",
       .op = GridSample{},
       .inputs = {f32({1, 1, 1}, {1}), f32({1, 1, 1}, {std::numeric_limits<double>::quiet_NaN()})},
       .expected = {f32({1, 1, 1}, {0})},
       .gradient = false,
       .other_dtypes = false},
  };
}

TEST(GridSample, RefusesAGridThatDoesNotFit) {
  expect_refused(GridSample{}, {kSquare, f32({1, 1, 1, 3}, {0, 0, 0})},
                 "the grid has 3 coordinates for 2 spatial axes");
  expect_refused(GridSample{}, {kSquare, f32({2, 1, 1, 2}, {0, 0, 0, 0})}, "sizes 1 and 2 differ");
  expect_refused(GridSample{}, {f32({1, 1, 0, 1}, {}), f32({1, 1, 1, 2}, {0, 0})},
                 "axis 2 of X has no element");
}

TERN_OP_TEST(GridSampleGrad) {
  return {
      // Y = x (X[1] - X[0]) + ..., where a coordinate step of 1 is one pixel.
      {.name = "one axis",
       .op = ops::GridSampleGrad{},
       .inputs = {f32({1, 1, 1}, {2}), f32({1, 1, 2}, {1, 4}), f32({1, 1, 1}, {0.25})},
       .expected = {f32({1, 1, 2}, {0.5, 1.5}), f32({1, 1, 1}, {6})}},
  };
}

TERN_OP_TEST(AffineGrid) {
  const Tensor identity = f32({1, 2, 3}, {1, 0, 0, 0, 1, 0});
  return {
      {.name = "the identity gives the centres of the pixels",
       .op = ops::AffineGrid{},
       .inputs = {identity, i64({4}, {1, 1, 2, 2})},
       .expected = {f32({1, 2, 2, 2}, {-0.5, -0.5, 0.5, -0.5, -0.5, 0.5, 0.5, 0.5})}},
      {.name = "corners aligned, one row",
       .op = ops::AffineGrid{.align_corners = true},
       .inputs = {identity, i64({4}, {1, 1, 1, 3})},
       .expected = {f32({1, 1, 3, 2}, {-1, 0, 0, 0, 1, 0})}},
      {.name = "shifted to the right and stretched downwards, turned",
       .op = ops::AffineGrid{},
       .inputs = {f32({2, 2, 3}, {1, 0, 0.5, 0, 2, 0, 0, -1, 0, 1, 0, 0}), i64({4}, {2, 3, 2, 2})},
       .expected = {f32({2, 2, 2, 2},
                        {0, -1, 1, -1, 0, 1, 1, 1, 0.5, -0.5, 0.5, 0.5, -0.5, -0.5, -0.5, 0.5})}},
      {.name = "volumes",
       .op = ops::AffineGrid{},
       .inputs = {f32({1, 3, 4}, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1}), i64({5}, {1, 1, 2, 1, 2})},
       .expected = {f32({1, 2, 1, 2, 3}, {-0.5, 0, 0.5, 0.5, 0, 0.5, -0.5, 0, 1.5, 0.5, 0, 1.5})}},
  };
}

TEST(AffineGrid, RefusesSizesThatDoNotFit) {
  const Tensor theta = f32({1, 2, 3}, {1, 0, 0, 0, 1, 0});
  expect_refused(ops::AffineGrid{}, {theta, i64({5}, {1, 1, 1, 1, 1})},
                 "size has 5 entries for 2 spatial axes");
  expect_refused(ops::AffineGrid{}, {theta, i64({3}, {1, 1, 1})}, "size has 3 entries");
  expect_refused(ops::AffineGrid{}, {theta, i64({4}, {2, 1, 1, 1})}, "sizes 1 and 2 differ");
}

}  // namespace tern::testing

#include "tern/ops/image.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

using ops::AspectPolicy;
using ops::NearestMode;
using ops::Resize;
using ops::ResizeCoordinates;
using ops::ResizeMode;

const Tensor kFour = f32({4}, {1, 2, 3, 4});
const Tensor kPowers = f32({4}, {1, 2, 4, 8});
const Tensor kSquare = f32({1, 1, 2, 2}, {1, 2, 3, 4});

Resize linear(ResizeCoordinates coordinates) {
  return {.coordinate_transformation_mode = coordinates, .mode = ResizeMode::kLinear};
}

Resize nearest(ResizeCoordinates coordinates, NearestMode mode) {
  return {.coordinate_transformation_mode = coordinates, .nearest_mode = mode};
}

std::vector<Tensor> by_scales(const Tensor& x, const std::vector<double>& scales) {
  return {x, {}, f32({static_cast<std::int64_t>(scales.size())}, scales)};
}

std::vector<Tensor> to_sizes(const Tensor& x, const std::vector<std::int64_t>& sizes) {
  return {x, {}, {}, i64({static_cast<std::int64_t>(sizes.size())}, sizes)};
}

std::vector<OpCase> linear_cases() {
  return {
      {.name = "linear, half pixel",
       .op = linear(ResizeCoordinates::kHalfPixel),
       .inputs = by_scales(kSquare, {1, 1, 2, 2}),
       .expected = {f32({1, 1, 4, 4}, {1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5,
                                       3, 3.25, 3.75, 4})}},
      {.name = "linear, corners aligned",
       .op = linear(ResizeCoordinates::kAlignCorners),
       .inputs = by_scales(f32({2}, {1, 2}), {2}),
       .expected = {f32({4}, {1, 4.0 / 3, 5.0 / 3, 2})}},
      {.name = "linear, asymmetric",
       .op = linear(ResizeCoordinates::kAsymmetric),
       .inputs = by_scales(f32({2}, {1, 2}), {2}),
       .expected = {f32({4}, {1, 1.5, 2, 2})}},
      // 0.6 makes 2 of 4, not 2.4: the centre stays where that of 2.4 is.
      {.name = "linear, half pixel symmetric",
       .op = linear(ResizeCoordinates::kHalfPixelSymmetric),
       .inputs = by_scales(kFour, {0.6}),
       .expected = {f32({2}, {5.0 / 3, 10.0 / 3})}},
      {.name = "linear, one element of the PyTorch kind is the first",
       .op = linear(ResizeCoordinates::kPytorchHalfPixel),
       .inputs = to_sizes(kFour, {1}),
       .expected = {f32({1}, {1})}},
      {.name = "linear, the region ends outside",
       .op = Resize{.coordinate_transformation_mode = ResizeCoordinates::kTfCropAndResize,
                    .extrapolation_value = 10,
                    .mode = ResizeMode::kLinear},
       .inputs = {kFour, f32({2}, {0.5, 1.5}), {}, i64({1}, {3})},
       .expected = {f32({3}, {2.5, 4, 10})},
       .constant_inputs = {1}},
      // Weights 1, 3, 3, 1 of eight at distances of 1.5 and 0.5 input elements.
      {.name = "linear, wider when reducing",
       .op = Resize{.antialias = true, .mode = ResizeMode::kLinear},
       .inputs = by_scales(kFour, {0.5}),
       .expected = {f32({2}, {1.625, 3.375})}},
      {.name = "linear, some axes",
       .op = Resize{.axes = {-1}, .mode = ResizeMode::kLinear},
       .inputs = to_sizes(f32({2, 2}, {1, 2, 3, 4}), {4}),
       .expected = {f32({2, 4}, {1, 1.25, 1.75, 2, 3, 3.25, 3.75, 4})}},
      {.name = "linear, integers are truncated",
       .op = linear(ResizeCoordinates::kHalfPixel),
       .inputs = by_scales(ints(DType::kU8, {2}, {10, 20}), {2}),
       .expected = {ints(DType::kU8, {4}, {10, 12, 17, 20})}},
  };
}

std::vector<OpCase> cubic_cases() {
  return {
      {.name = "cubic",
       .op = Resize{.mode = ResizeMode::kCubic},
       .inputs = by_scales(kPowers, {2}),
       .expected = {f32({8}, {0.89453125, 1.15625, 1.5625, 2.41796875, 3.16015625, 5.1171875,
                              7.1640625, 8.421875})}},
      {.name = "cubic, only what lies inside counts",
       .op = Resize{.cubic_coeff_a = -0.5F, .exclude_outside = true, .mode = ResizeMode::kCubic},
       .inputs = by_scales(kPowers, {2}),
       .expected = {f32(
           {8}, {0.9117647058823529, 1.145985401459854, 1.6412213740458015, 2.3828125, 3.3359375,
                 5.022900763358779, 7.2846715328467155, 8.352941176470589})}},
      {.name = "cubic, wider when reducing",
       .op = Resize{.antialias = true, .mode = ResizeMode::kCubic},
       .inputs = to_sizes(f32({6}, {1, 2, 4, 8, 16, 32}), {3}),
       .expected = {f32({3}, {1.19921875, 5.30859375, 23.83203125})}},
  };
}

std::vector<OpCase> nearest_cases() {
  const auto half = ResizeCoordinates::kHalfPixel;
  const auto asymmetric = ResizeCoordinates::kAsymmetric;
  return {
      {.name = "nearest",
       .op = Resize{},
       .inputs = by_scales(kSquare, {1, 1, 2, 3}),
       .expected = {f32({1, 1, 4, 6},
                        {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4})}},
      // Positions 0.5 and 2.5.
      {.name = "nearest, ties go down",
       .op = nearest(half, NearestMode::kRoundPreferFloor),
       .inputs = by_scales(kFour, {0.5}),
       .expected = {f32({2}, {1, 3})}},
      {.name = "nearest, ties go up",
       .op = nearest(half, NearestMode::kRoundPreferCeil),
       .inputs = by_scales(kFour, {0.5}),
       .expected = {f32({2}, {2, 4})}},
      // Positions 0, 2/3, 4/3.
      {.name = "nearest, always down",
       .op = nearest(asymmetric, NearestMode::kFloor),
       .inputs = to_sizes(f32({2}, {1, 2}), {3}),
       .expected = {f32({3}, {1, 1, 2})}},
      {.name = "nearest, always up",
       .op = nearest(asymmetric, NearestMode::kCeil),
       .inputs = to_sizes(f32({2}, {1, 2}), {3}),
       .expected = {f32({3}, {1, 2, 2})}},
      {.name = "nearest, not larger",
       .op = Resize{.keep_aspect_ratio_policy = AspectPolicy::kNotLarger},
       .inputs = to_sizes(f32({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}), {3, 2}),
       .expected = {f32({1, 2}, {1, 3})}},
      {.name = "nearest, not smaller",
       .op = Resize{.axes = {1, 0}, .keep_aspect_ratio_policy = AspectPolicy::kNotSmaller},
       .inputs = to_sizes(f32({1, 2}, {1, 2}), {1, 2}),
       .expected = {f32({2, 4}, {1, 1, 2, 2, 1, 1, 2, 2})}},
      {.name = "nearest, strings",
       .op = Resize{},
       .inputs = to_sizes(strings({2}, {"a", "b"}), {4}),
       .expected = {strings({4}, {"a", "a", "b", "b"})}},
      {.name = "nearest, empty tensors count as left out",
       .op = Resize{},
       .inputs = {f32({2}, {1, 2}), f32({0}, {}), f32({0}, {}), i64({1}, {2})},
       .expected = {f32({2}, {1, 2})},
       .constant_inputs = {1, 2}},
      {.name = "nothing is left",
       .op = Resize{},
       .inputs = to_sizes(f32({2}, {1, 2}), {0}),
       .expected = {f32({0}, {})}},
  };
}

}  // namespace

TERN_OP_TEST(Resize) {
  std::vector<OpCase> cases = linear_cases();
  for (OpCase& test : cubic_cases()) cases.push_back(std::move(test));
  for (OpCase& test : nearest_cases()) cases.push_back(std::move(test));
  return cases;
}

TEST(Resize, RefusesWhatSaysNoSize) {
  const Tensor x = f32({2}, {1, 2});
  const Tensor two = f32({1}, {2});
  expect_refused(Resize{}, {x}, "neither scales nor sizes are given");
  expect_refused(Resize{}, {x, {}, two, i64({1}, {4})}, "both scales and sizes are given");
  expect_refused(Resize{}, {x, {}, f32({2}, {1, 2})}, "scales has 2 entries, not 1");
  expect_refused(Resize{}, {x, {}, f32({1}, {-1})}, "scale -1 of 2");
  expect_refused(Resize{}, {x, {}, {}, i64({1}, {-1})}, "sizes holds -1");
  expect_refused(Resize{}, {f32({0}, {}), {}, {}, i64({1}, {1})}, "axis 0 has no element to read");
  expect_refused(Resize{.coordinate_transformation_mode = ResizeCoordinates::kTfCropAndResize},
                 {x, {}, two}, "tf_crop_and_resize needs a roi");
  expect_refused(Resize{.mode = ResizeMode::kLinear}, {strings({1}, {"a"}), {}, two},
                 "string elements cannot be interpolated");
}

TERN_OP_TEST(ResizeGrad) {
  return {
      {.name = "nearest",
       .op = ops::ResizeGrad{},
       .inputs = {f32({4}, {1, 2, 3, 4}), f32({2}, {0, 0}), {}, f32({1}, {2})},
       .expected = {f32({2}, {3, 7})},
       .constant_inputs = {1, 3}},
      // Weights (1, 0), (3/4, 1/4), (1/4, 3/4), (0, 1).
      {.name = "linear",
       .op = ops::ResizeGrad{linear(ResizeCoordinates::kHalfPixel)},
       .inputs = {f32({4}, {1, 2, 4, 8}), f32({2}, {0, 0}), {}, f32({1}, {2})},
       .expected = {f32({2}, {3.5, 11.5})},
       .constant_inputs = {1, 3}},
  };
}

}  // namespace tern::testing

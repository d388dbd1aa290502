#include "inspect/image_input.h"

#include "tests/support/status_matchers.h"

namespace tern::inspect {
namespace {

using tern::testing::FailsWith;
using tern::testing::IsOk;
using Metadata = std::map<std::string, std::string>;

IoInfo input(DType dtype, std::vector<Dim> dims) {
  return {.name = "x", .type = TypeInfo(dtype, std::move(dims)), .text = "the type"};
}

TEST(ImageInput, FollowsTheDeclaredShape) {
  auto options = image_options_for(input(DType::kF32, {Dim(), 3, 224, 200}), {}, {});
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(options->height, 224);
  EXPECT_EQ(options->width, 200);
  EXPECT_EQ(options->tensor.layout, ImageLayout::kNCHW);
  EXPECT_EQ(options->tensor.dtype, DType::kF32);
  EXPECT_EQ(options->decode.format, PixelFormat::kRgb);

  options = image_options_for(input(DType::kU8, {1, 20, 30, 1}), {}, {});
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(options->height, 20);
  EXPECT_EQ(options->width, 30);
  EXPECT_EQ(options->tensor.layout, ImageLayout::kNHWC);
  EXPECT_EQ(options->tensor.dtype, DType::kU8);
  EXPECT_EQ(options->decode.format, PixelFormat::kGray);

  options = image_options_for(input(DType::kF16, {Dim(), 28, 28}), {}, {});
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(options->height, 28);
  EXPECT_EQ(options->decode.format, PixelFormat::kGray);
}

TEST(ImageInput, OpenSizesComeFromTheChoicesOrTheImage) {
  auto options = image_options_for(input(DType::kF32, {Dim(), 3, Dim(), Dim()}), {}, {});
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(options->height, 0);
  options =
      image_options_for(input(DType::kF32, {Dim(), 3, Dim(), 64}), {}, {.height = 32, .width = 32});
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(options->height, 32);
  EXPECT_EQ(options->width, 64);
}

TEST(ImageInput, FlatInputsNeedASize) {
  const IoInfo flat = input(DType::kF32, {Dim(), 784});
  EXPECT_THAT(image_options_for(flat, {}, {}),
              FailsWith(StatusCode::kInvalidArgument, "input x is the type: images go into"));
  const auto options = image_options_for(flat, {}, {.height = 28, .width = 28});
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(options->decode.format, PixelFormat::kGray);
  EXPECT_FALSE(image_options_for(flat, {}, {.height = 27, .width = 28}).ok());
}

TEST(ImageInput, MetadataTellHowTheModelWasTrained) {
  const Metadata metadata{
      {"image_input", to_json(ImageRowOptions{.height = 8,
                                              .width = 8,
                                              .fit = ImageFit::kPad,
                                              .decode = {.format = PixelFormat::kBgr},
                                              .tensor = {.scale = 1, .mean = {127}}})}};
  auto options = image_options_for(input(DType::kF32, {Dim(), 3, Dim(), Dim()}), metadata, {});
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(options->height, 8);
  EXPECT_EQ(options->fit, ImageFit::kPad);
  EXPECT_EQ(options->decode.format, PixelFormat::kBgr);
  EXPECT_EQ(options->tensor.scale, 1);
  EXPECT_EQ(options->tensor.mean, std::vector<float>{127});
  options = image_options_for(input(DType::kF32, {Dim(), 3, Dim(), Dim()}), metadata,
                              {.color = PixelFormat::kRgb, .fit = ImageFit::kCrop, .scale = 0.5F});
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(options->fit, ImageFit::kCrop);
  EXPECT_EQ(options->decode.format, PixelFormat::kRgb);
  EXPECT_EQ(options->tensor.scale, 0.5F);
  EXPECT_FALSE(
      image_options_for(input(DType::kF32, {Dim(), 3, 8, 8}), {{"image_input", "?"}}, {}).ok());
}

TEST(ImageInput, RefusesInputsThatAreNoImages) {
  for (const std::vector<Dim>& dims :
       {std::vector<Dim>{Dim(), 5, 8, 8}, std::vector<Dim>{4}, std::vector<Dim>{Dim(), Dim()},
        std::vector<Dim>{Dim(), 3, 8, 8, 8}}) {
    EXPECT_THAT(image_options_for(input(DType::kF32, dims), {}, {}),
                FailsWith(StatusCode::kInvalidArgument, "images go into"));
  }
}

}  // namespace
}  // namespace tern::inspect

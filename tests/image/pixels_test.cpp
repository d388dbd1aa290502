// Colours, rectangles, fitting, and tensors.
#include <cmath>

#include "tests/image/pictures.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using testing::Color;
using testing::difference;
using testing::f32;
using testing::FailsWith;
using testing::IsOk;
using testing::painted;
using testing::pixel;

Image picture(PixelFormat format = PixelFormat::kRgb) { return painted(format, 6, 4, pixel); }

TEST(ConvertImage, GrayIsTheWeightedSum) {
  const Image gray = *convert_image(picture(), PixelFormat::kGray);
  for (std::int64_t y = 0; y < 4; ++y) {
    for (std::int64_t x = 0; x < 6; ++x) {
      const Color p = pixel(x, y);
      EXPECT_NEAR(gray.row(y)[x], 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2], 0.51);
    }
  }
  const Image white = painted(PixelFormat::kBgr, 1, 1, [](auto, auto) -> Color {
    return {255, 255, 255};
  });
  EXPECT_EQ(convert_image(white, PixelFormat::kGray)->row(0)[0], 255);
}

TEST(ConvertImage, FormatsDifferInOrderAndAlphaOnly) {
  const Image rgba = picture(PixelFormat::kRgba), rgb = picture();
  EXPECT_EQ(difference(*convert_image(rgba, PixelFormat::kRgb), rgb), 0);
  const Image bgr = *convert_image(rgb, PixelFormat::kBgr);
  EXPECT_EQ(bgr.row(1)[3], pixel(1, 1)[2]);
  EXPECT_EQ(bgr.row(1)[5], pixel(1, 1)[0]);
  EXPECT_EQ(difference(*convert_image(bgr, PixelFormat::kRgb), rgb), 0);
  EXPECT_EQ(convert_image(bgr, PixelFormat::kRgba)->row(2)[3], 255);
  const Image gray = picture(PixelFormat::kGray);
  EXPECT_EQ(
      difference(*convert_image(*convert_image(gray, PixelFormat::kRgb), PixelFormat::kGray), gray),
      0);
}

TEST(CropImage, TakesARectangle) {
  const auto crop = crop_image(picture(), 1, 2, 3, 4);
  ASSERT_THAT(crop, IsOk());
  EXPECT_EQ(difference(*crop, painted(PixelFormat::kRgb, 4, 3,
                                      [](auto x, auto y) { return pixel(x + 2, y + 1); })),
            0);
  EXPECT_THAT(crop_image(picture(), 1, 2, 4, 4), FailsWith(StatusCode::kOutOfRange, "6 x 4"));
  EXPECT_THAT(crop_image(picture(), 0, 3, 1, std::numeric_limits<std::int64_t>::max()),
              FailsWith(StatusCode::kOutOfRange, ""));
  EXPECT_THAT(crop_image(picture(), -1, 0, 1, 1), FailsWith(StatusCode::kOutOfRange, "-1"));
  EXPECT_THAT(crop_image(picture(), 0, 0, 0, 1), FailsWith(StatusCode::kInvalidArgument, "1 x 0"));
}

TEST(OrientImage, MirrorsAndTurns) {
  const Image image = picture();
  EXPECT_EQ(
      difference(*mirror_image(image),
                 painted(PixelFormat::kRgb, 6, 4, [](auto x, auto y) { return pixel(5 - x, y); })),
      0);
  // 90 degrees clockwise: the left column from the bottom becomes the first row.
  EXPECT_EQ(
      difference(*orient_image(image, 6),
                 painted(PixelFormat::kRgb, 4, 6, [](auto x, auto y) { return pixel(y, 3 - x); })),
      0);
  EXPECT_THAT(orient_image(image, 9), FailsWith(StatusCode::kInvalidArgument, "orientation 9"));
}

TEST(FitImage, CropCutsTheMiddle) {
  // 6 x 4 to 2 x 2: the middle 4 x 4, halved.
  const auto fitted = fit_image(picture(), 2, 2, ImageFit::kCrop, {.filter = ResizeFilter::kBox});
  ASSERT_THAT(fitted, IsOk());
  const Image middle = *crop_image(picture(), 0, 1, 4, 4);
  EXPECT_EQ(difference(*fitted, *resize_image(middle, 2, 2, {.filter = ResizeFilter::kBox})), 0);
}

TEST(FitImage, PadKeepsTheProportions) {
  // 6 x 4 into 3 x 4: 3 x 2 in the middle, a row of the fill value above and below.
  const auto fitted = fit_image(picture(), 4, 3, ImageFit::kPad, {.filter = ResizeFilter::kBox}, 9);
  ASSERT_THAT(fitted, IsOk());
  const Image nines = painted(PixelFormat::kRgb, 3, 1, [](auto, auto) -> Color {
    return {9, 9, 9};
  });
  EXPECT_EQ(difference(*crop_image(*fitted, 0, 0, 1, 3), nines), 0);
  EXPECT_EQ(difference(*crop_image(*fitted, 3, 0, 1, 3), nines), 0);
  EXPECT_EQ(difference(*crop_image(*fitted, 1, 0, 2, 3),
                       *resize_image(picture(), 2, 3, {.filter = ResizeFilter::kBox})),
            0);
}

TEST(FitImage, ExtremeProportionsLeaveAPixel) {
  const Image line = painted(PixelFormat::kGray, 1000, 1, [](auto, auto) -> Color { return {50}; });
  for (const ImageFit fit : {ImageFit::kStretch, ImageFit::kCrop, ImageFit::kPad}) {
    const auto fitted = fit_image(line, 4, 3, fit);
    ASSERT_THAT(fitted, IsOk());
    EXPECT_EQ(fitted->height(), 4);
    EXPECT_EQ(fitted->width(), 3);
  }
  EXPECT_THAT(fit_image(line, 0, 3, ImageFit::kPad),
              FailsWith(StatusCode::kInvalidArgument, "3 x 0"));
}

TEST(ImageTensor, LayoutsAndScales) {
  const Image image = painted(PixelFormat::kRgb, 2, 1, [](auto x, auto) -> Color {
    return x == 0 ? Color{0, 51, 102} : Color{153, 204, 255};
  });
  EXPECT_TRUE(testing::all_close(*to_tensor(image), f32({1, 3, 1, 2}, {0, 0.6, 0.2, 0.8, 0.4, 1})));
  EXPECT_TRUE(testing::all_close(*to_tensor(image, {.layout = ImageLayout::kNHWC}),
                                 f32({1, 1, 2, 3}, {0, 0.2, 0.4, 0.6, 0.8, 1})));
  EXPECT_TRUE(
      testing::all_close(*to_tensor(image, {.mean = {0.5F, 0.2F, 0}, .std = {0.5F, 1, 0.1F}}),
                         f32({1, 3, 1, 2}, {-1, 0.2, 0, 0.6, 4, 10})));
  EXPECT_TRUE(testing::all_close(*to_tensor(image, {.scale = 1, .mean = {1}}),
                                 f32({1, 3, 1, 2}, {-1, 152, 50, 203, 101, 254})));
  EXPECT_TRUE(
      testing::all_close(*to_tensor(image, {.dtype = DType::kU8}),
                         testing::of(DType::kU8, {1, 3, 1, 2}, {0, 153, 51, 204, 102, 255})));
}

TEST(ImageTensor, ThereAndBack) {
  for (const PixelFormat format :
       {PixelFormat::kGray, PixelFormat::kRgb, PixelFormat::kBgr, PixelFormat::kRgba}) {
    for (const DType dtype : {DType::kF32, DType::kU8}) {
      for (const ImageLayout layout : {ImageLayout::kNCHW, ImageLayout::kNHWC}) {
        const ImageTensorOptions options{
            .dtype = dtype, .layout = layout, .mean = {0.3F}, .std = {0.2F}};
        const Image image = picture(format);
        const Tensor x = *to_tensor(image, options);
        EXPECT_EQ(difference(*to_image(x, options, format), image), 0);
        Shape one(x.shape().dims().subspan(1));
        EXPECT_EQ(difference(*to_image(*x.reshape(one), options, format), image), 0);
      }
    }
  }
}

TEST(ImageTensor, ValuesBeyondBytesAreClamped) {
  const auto image = to_image(f32({1, 1, 5}, {-5, 300, 1.5, std::nan(""), 1e30}), {.scale = 1});
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(image->format, PixelFormat::kGray);
  const std::vector<int> want{0, 255, 2, 0, 255};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(image->row(0)[i], want[i]);
}

TEST(ImageTensor, RefusesWhatDoesNotFit) {
  const Image image = picture();
  EXPECT_THAT(to_tensor(image, {.dtype = DType::kI64}),
              FailsWith(StatusCode::kUnimplemented, "i64"));
  EXPECT_THAT(to_tensor(image, {.mean = {1, 2}}),
              FailsWith(StatusCode::kInvalidArgument, "2 numbers"));
  EXPECT_THAT(to_tensor(image, {.std = {0}}), FailsWith(StatusCode::kInvalidArgument, "std 0"));
  Tensor small = f32({1, 3, 2, 2}, std::vector<double>(12));
  EXPECT_THAT(
      write_tensor(image, {}, small),
      FailsWith(StatusCode::kInvalidArgument, "an image of [1,3,4,6] for a tensor f32[1,3,2,2]"));
  EXPECT_THAT(to_image(f32({2, 3, 1, 1}, std::vector<double>(6))),
              FailsWith(StatusCode::kInvalidArgument, "[2,3,1,1] is no image"));
  EXPECT_THAT(to_image(f32({2, 1, 1}, {1, 2})),
              FailsWith(StatusCode::kInvalidArgument, "2 channels"));
  EXPECT_THAT(to_image(testing::i64({1, 1, 1}, {1})), FailsWith(StatusCode::kUnimplemented, "i64"));
}

}  // namespace
}  // namespace tern

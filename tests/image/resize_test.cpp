#include <cmath>

#include "tests/image/pictures.h"

namespace tern {
namespace {

using testing::Color;
using testing::difference;
using testing::FailsWith;
using testing::IsOk;
using testing::painted;

TEST(Resize, BilinearWithoutAntialiasingReadsFourPixels) {
  const auto f = [](auto x, auto y) -> Color {
    return {static_cast<int>((x * 37 + y * 91) % 256)};
  };
  const Image source = painted(PixelFormat::kGray, 12, 9, f);
  for (const auto& [width, height] : {std::pair{5, 4}, {25, 20}, {12, 3}}) {
    const auto resized = resize_image(source, height, width, {.antialias = false});
    ASSERT_THAT(resized, IsOk());
    const auto at = [&](double v, int in, int out) {
      return std::clamp((v + 0.5) * in / out - 0.5, 0.0, in - 1.0);
    };
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const double u = at(x, 12, width), v = at(y, 9, height);
        const int x0 = static_cast<int>(u), y0 = static_cast<int>(v);
        const double a = u - x0, b = v - y0;
        const auto p = [&](int i, int j) {
          return static_cast<double>(f(std::min(i, 11), std::min(j, 8))[0]);
        };
        const double want = (p(x0, y0) * (1 - a) + p(x0 + 1, y0) * a) * (1 - b) +
                            (p(x0, y0 + 1) * (1 - a) + p(x0 + 1, y0 + 1) * a) * b;
        EXPECT_NEAR(resized->row(y)[x], want, 1.01) << x << " " << y;
      }
    }
  }
}

TEST(Resize, NearestTakesThePixelUnderTheMiddle) {
  const auto f = [](auto x, auto y) -> Color { return {static_cast<int>(x + 40 * y)}; };
  const Image source = painted(PixelFormat::kGray, 32, 6, f);
  for (const std::int64_t width : {1, 7, 31, 50, 100}) {
    const auto resized = resize_image(source, 9, width, {.filter = ResizeFilter::kNearest});
    ASSERT_THAT(resized, IsOk());
    EXPECT_EQ(difference(*resized, painted(PixelFormat::kGray, width, 9,
                                           [&](auto x, auto y) {
                                             const double u = (static_cast<double>(x) + 0.5) * 32 /
                                                              static_cast<double>(width);
                                             const double v =
                                                 (static_cast<double>(y) + 0.5) * 6 / 9;
                                             return f(static_cast<int>(u), static_cast<int>(v));
                                           })),
              0)
        << width;
  }
}

TEST(Resize, AnEvenPictureStaysEven) {
  for (const PixelFormat format : {PixelFormat::kGray, PixelFormat::kBgr, PixelFormat::kRgba}) {
    const Image even = painted(format, 9, 5, [](auto, auto) -> Color { return {255, 7, 0, 128}; });
    for (const ResizeFilter filter : {ResizeFilter::kNearest, ResizeFilter::kBox,
                                      ResizeFilter::kBilinear, ResizeFilter::kBicubic}) {
      for (const auto& [width, height] : {std::pair{1, 1}, {4, 50}, {100, 2}, {9, 5}}) {
        const auto resized = resize_image(even, height, width, {.filter = filter});
        ASSERT_THAT(resized, IsOk());
        EXPECT_EQ(difference(*resized, painted(format, width, height,
                                               [](auto, auto) -> Color {
                                                 return {255, 7, 0, 128};
                                               })),
                  0);
      }
    }
  }
}

TEST(Resize, RefusesSizesAndImagesThatCannotBe) {
  const Image image = painted(PixelFormat::kGray, 2, 2, [](auto, auto) -> Color { return {1}; });
  EXPECT_THAT(resize_image(image, 0, 2), FailsWith(StatusCode::kInvalidArgument, "2 x 0"));
  EXPECT_THAT(resize_image(image, 2, std::int64_t{1} << 40),
              FailsWith(StatusCode::kInvalidArgument, "16777216"));
  EXPECT_THAT(resize_image(Image(), 2, 2), FailsWith(StatusCode::kInvalidArgument, "no rgb image"));
  EXPECT_THAT(resize_image({.pixels = image.pixels}, 2, 2),
              FailsWith(StatusCode::kInvalidArgument, "u8[2,2,1] is no rgb image"));
}

}  // namespace
}  // namespace tern

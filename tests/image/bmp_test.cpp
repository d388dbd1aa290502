#include "base/little_endian.h"
#include "tests/image/pictures.h"

namespace tern {
namespace {

using testing::as_bytes;
using testing::Color;
using testing::difference;
using testing::FailsWith;
using testing::IsOk;
using testing::kHeight;
using testing::kWidth;
using testing::painted;
using testing::picture_bytes;
using testing::picture_path;
using testing::pixel;

template <class F>
void expect_picture(const std::string& name, PixelFormat format, F&& f) {
  const auto image = read_image(picture_path(name), {.format = std::nullopt});
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(difference(*image, painted(format, kWidth, kHeight, f)), 0) << name;
}

TEST(Bmp, ColoursFromBottomToTopAndFromTopToBottom) {
  expect_picture("rgb.bmp", PixelFormat::kRgb, pixel);
  expect_picture("top_down.bmp", PixelFormat::kRgb, pixel);
}

TEST(Bmp, PalettesOfOneFourAndEightBits) {
  expect_picture("palette.bmp", PixelFormat::kRgb, [](auto x, auto y) -> Color {
    const int i = pixel(x, y)[0];
    return {i, 255 - i, i / 2};
  });
  expect_picture("palette4.bmp", PixelFormat::kRgb, [](auto x, auto) -> Color {
    return {17 * static_cast<int>(x), 0, 255 - 17 * static_cast<int>(x)};
  });
  expect_picture("bits.bmp", PixelFormat::kRgb, [](auto x, auto y) -> Color {
    const int white = (x + y) % 2 * 255;
    return {white, white, white};
  });
}

TEST(Bmp, ColoursByMasks) {
  expect_picture("rgb555.bmp", PixelFormat::kRgb, [](auto x, auto y) -> Color {
    const auto five = [](auto v) { return static_cast<int>((v * 255 + 15) / 31); };
    return {five(x), five(2 * y), five(x + y)};
  });
  expect_picture("masks.bmp", PixelFormat::kRgba, pixel);
}

// A file of 13 x 7 pixels of 24 bits with one number of its header replaced.
template <class T>
Result<Image> with_number(std::size_t at, T value) {
  std::string bytes = picture_bytes("rgb.bmp");
  store_little_endian(bytes.data() + at, value);
  return decode_image(as_bytes(bytes));
}

TEST(Bmp, RefusesHeadersThatAreWrong) {
  EXPECT_THAT(with_number<std::uint32_t>(14, 13), FailsWith(StatusCode::kDataLoss, "header of 13"));
  EXPECT_THAT(with_number<std::int32_t>(18, 0), FailsWith(StatusCode::kDataLoss, "0 x 7 pixels"));
  EXPECT_THAT(with_number<std::int32_t>(18, -5), FailsWith(StatusCode::kDataLoss, "-5 x 7 pixels"));
  EXPECT_THAT(with_number<std::int32_t>(18, 1 << 30),
              FailsWith(StatusCode::kDataLoss, "do not fit"));
  EXPECT_THAT(with_number<std::int32_t>(22, std::numeric_limits<std::int32_t>::min()),
              FailsWith(StatusCode::kDataLoss, "do not fit"));
  EXPECT_THAT(with_number<std::uint32_t>(10, 0xFFFFFFFF),
              FailsWith(StatusCode::kDataLoss, "do not fit"));
  EXPECT_THAT(with_number<std::uint16_t>(28, 7),
              FailsWith(StatusCode::kDataLoss, "7 bits a pixel"));
  EXPECT_THAT(with_number<std::uint32_t>(30, 1),
              FailsWith(StatusCode::kUnimplemented, "compression 1"));
  EXPECT_THAT(with_number<std::uint16_t>(28, 8),
              FailsWith(StatusCode::kDataLoss, "the palette ends"));
}

}  // namespace
}  // namespace tern

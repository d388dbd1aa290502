#include "tests/image/pictures.h"
#include "tests/support/temp_dir.h"

namespace tern {
namespace {

using testing::as_bytes;
using testing::Color;
using testing::difference;
using testing::FailsWith;
using testing::IsOk;
using testing::kHeight;
using testing::kSmoothHeight;
using testing::kSmoothWidth;
using testing::kWidth;
using testing::painted;
using testing::picture_bytes;
using testing::picture_path;
using testing::pixel;

// The file as it is stored: no conversion.
Image stored(const std::string& name) {
  const auto image = read_image(picture_path(name), {.format = std::nullopt});
  EXPECT_THAT(image, IsOk());
  return image.ok() ? *image : *Image::create(1, 1, PixelFormat::kGray);
}
Image rgb_picture() { return painted(PixelFormat::kRgb, kWidth, kHeight, pixel); }
Image smooth_picture() {
  return painted(PixelFormat::kRgb, kSmoothWidth, kSmoothHeight, testing::smooth);
}

TEST(DecodePng, ColoursAlphaAndGrayExactly) {
  EXPECT_EQ(difference(stored("rgb.png"), rgb_picture()), 0);
  EXPECT_EQ(difference(stored("interlaced.png"), rgb_picture()), 0);
  EXPECT_EQ(difference(stored("rgba.png"), painted(PixelFormat::kRgba, kWidth, kHeight, pixel)), 0);
  const Image gray = painted(PixelFormat::kGray, kWidth, kHeight, pixel);
  EXPECT_EQ(difference(stored("gray.png"), gray), 0);
  EXPECT_EQ(difference(stored("gray16.png"), gray), 0);
}

TEST(DecodePng, PalettesAndGrayWithAlphaAreSpreadOut) {
  EXPECT_EQ(difference(stored("palette.png"), painted(PixelFormat::kRgb, kWidth, kHeight,
                                                      [](auto x, auto y) -> Color {
                                                        const int i = pixel(x, y)[0];
                                                        return {i, 255 - i, i / 2};
                                                      })),
            0);
  EXPECT_EQ(difference(stored("palette_alpha.png"),
                       painted(PixelFormat::kRgba, kWidth, kHeight,
                               [](auto x, auto y) -> Color {
                                 const int i = pixel(x, y)[0];
                                 return {i, 255 - i, i / 2, i == 0 ? 0 : 255};
                               })),
            0);
  EXPECT_EQ(difference(stored("gray_alpha.png"), painted(PixelFormat::kRgba, kWidth, kHeight,
                                                         [](auto x, auto y) -> Color {
                                                           const Color p = pixel(x, y);
                                                           return {p[0], p[0], p[0], p[3]};
                                                         })),
            0);
}

TEST(DecodeJpeg, EveryKindIsNearThePicture) {
  for (const std::string name : {"smooth.jpg", "progressive.jpg", "cmyk.jpg"}) {
    const int most = difference(stored(name), smooth_picture());
    EXPECT_GE(most, 0) << name;
    EXPECT_LE(most, 4) << name;
  }
  const int subsampled = difference(stored("subsampled.jpg"), smooth_picture());
  EXPECT_GE(subsampled, 0);
  EXPECT_LE(subsampled, 8);
  const Image gray = *convert_image(smooth_picture(), PixelFormat::kGray);
  const int most = difference(stored("gray.jpg"), gray);
  EXPECT_GE(most, 0);
  EXPECT_LE(most, 3);
}

TEST(DecodeWebp, LosslessExactlyAndLossyNearly) {
  EXPECT_EQ(difference(stored("rgb.webp"), rgb_picture()), 0);
  EXPECT_EQ(difference(stored("rgba.webp"), painted(PixelFormat::kRgba, kWidth, kHeight, pixel)),
            0);
  const int most = difference(stored("smooth.webp"), smooth_picture());
  EXPECT_GE(most, 0);
  EXPECT_LE(most, 8);
  EXPECT_THAT(read_image(picture_path("animated.webp")),
              FailsWith(StatusCode::kUnimplemented, "animated.webp: WebP: animations"));
}

TEST(DecodeJpeg2000, LosslessExactlyAndLossyNearly) {
  EXPECT_EQ(difference(stored("rgb.jp2"), rgb_picture()), 0);
  EXPECT_EQ(difference(stored("rgba.jp2"), painted(PixelFormat::kRgba, kWidth, kHeight, pixel)), 0);
  EXPECT_EQ(difference(stored("tiles.jp2"), smooth_picture()), 0);
  const Image gray = painted(PixelFormat::kGray, kWidth, kHeight, pixel);
  EXPECT_EQ(difference(stored("gray.j2k"), gray), 0) << "a bare codestream";
  EXPECT_EQ(difference(stored("gray16.jp2"), gray), 0);
  EXPECT_EQ(difference(stored("gray_alpha.jp2"), painted(PixelFormat::kRgba, kWidth, kHeight,
                                                         [](auto x, auto y) -> Color {
                                                           const Color p = pixel(x, y);
                                                           return {p[0], p[0], p[0], p[3]};
                                                         })),
            0);
  for (const std::string name : {"smooth.jp2", "ycc.jp2"}) {
    const int most = difference(stored(name), smooth_picture());
    EXPECT_GE(most, 0) << name;
    EXPECT_LE(most, 4) << name;
  }
}

TEST(DecodeJpeg2000, HeadersOutOfProportionAreRefused) {
  const std::string whole = picture_bytes("gray.j2k");
  const std::size_t size = 2;  // where the segment SIZ begins: FF51, length, capabilities, sizes
  std::string many_tiles = whole;
  many_tiles.replace(size + 6, 8, std::string("\0\0\x10\0\0\0\x10\0", 8));  // 4096 x 4096
  many_tiles.replace(size + 22, 8, std::string("\0\0\0\1\0\0\0\1", 8));     // in tiles of 1 x 1
  EXPECT_THAT(decode_image(as_bytes(many_tiles)),
              FailsWith(StatusCode::kResourceExhausted, "16777216 tiles for 4096 x 4096 pixels"));
  std::string empty = whole;
  empty.replace(size + 6, 8, std::string("\0\0\x20\0\0\0\x20\0", 8));  // 8192 x 8192
  EXPECT_THAT(decode_image(as_bytes(empty)),
              FailsWith(StatusCode::kResourceExhausted, "8192 x 8192 pixels in 138 bytes"));
  std::string wide = whole;
  wide.replace(size + 6, 4, std::string("\x7f\xff\xff\xff", 4));
  EXPECT_THAT(decode_image(as_bytes(wide)),
              FailsWith(StatusCode::kResourceExhausted, "JPEG 2000 image of 2147483647 x 7"));
  std::string five = whole;
  five.replace(size + 38, 2, std::string("\0\5", 2));
  EXPECT_THAT(decode_image(as_bytes(five)), FailsWith(StatusCode::kUnimplemented, "5 components"));
  // The segment COD: layers, then levels and the width of code blocks.
  const std::size_t coding = whole.find("\xFF\x52");
  ASSERT_NE(coding, std::string::npos);
  std::string layers = whole;
  layers.replace(size + 6, 8, std::string("\0\0\x10\0\0\0\x10\0", 8));
  layers.replace(size + 22, 8, std::string("\0\0\x10\0\0\0\x10\0", 8));
  layers.replace(coding + 6, 2, "\xFF\xFF");
  EXPECT_THAT(decode_image(as_bytes(layers)),
              FailsWith(StatusCode::kResourceExhausted, "65535 layers"));
  std::string blocks = layers;
  blocks.replace(coding + 6, 2, std::string("\0\1", 2));
  blocks.replace(coding + 10, 2, std::string("\0\0", 2));  // of 4 x 4
  EXPECT_THAT(decode_image(as_bytes(blocks)),
              FailsWith(StatusCode::kResourceExhausted, "code blocks for 4096 x 4096 pixels"));
}

// Damage is an error or another picture of the size that its header says.
TEST(DecodeJpeg2000, EveryFlippedByteIsSurvived) {
  for (const std::string name : {"rgb.jp2", "gray.j2k", "tiles.jp2"}) {
    const std::string whole = picture_bytes(name);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      for (const int bit : {0, 3, 7}) {
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
        const auto image = decode_image(as_bytes(damaged), {.max_pixels = 1 << 16});
        if (image.ok()) {
          EXPECT_LE(image->width() * image->height(), 1 << 16);
        } else {
          EXPECT_FALSE(image.status().message().empty());
        }
      }
    }
  }
}

TEST(DecodeImage, ConvertsToTheFormatThatIsWanted) {
  const auto image = read_image(picture_path("rgba.png"), {.format = PixelFormat::kBgr});
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(difference(*image, painted(PixelFormat::kBgr, kWidth, kHeight,
                                       [](auto x, auto y) -> Color {
                                         const Color p = pixel(x, y);
                                         return {p[2], p[1], p[0]};
                                       })),
            0);
  EXPECT_EQ(read_image(picture_path("gray.png"))->format, PixelFormat::kRgb);
}

TEST(DecodeImage, TurnsAsExifSays) {
  for (int orientation = 2; orientation <= 8; ++orientation) {
    const std::string name = "turned" + std::to_string(orientation) + ".jpg";
    const int most = difference(stored(name), smooth_picture());
    EXPECT_GE(most, 0) << name;
    EXPECT_LE(most, 4) << name;
    EXPECT_EQ(image_info(as_bytes(picture_bytes(name)))->orientation, orientation);
  }
  EXPECT_EQ(difference(stored("turned6.png"), rgb_picture()), 0);
  EXPECT_EQ(difference(stored("turned6.webp"), rgb_picture()), 0);
  const auto as_stored = read_image(picture_path("turned6.png"), {.upright = false});
  ASSERT_THAT(as_stored, IsOk());
  EXPECT_EQ(as_stored->width(), kHeight);
}

TEST(DecodeImage, InfoReadsTheHeader) {
  const auto info = image_info(as_bytes(picture_bytes("rgba.webp")));
  ASSERT_THAT(info, IsOk());
  EXPECT_EQ(info->file, ImageFile::kWebp);
  EXPECT_EQ(info->width, kWidth);
  EXPECT_EQ(info->height, kHeight);
  EXPECT_EQ(info->format, PixelFormat::kRgba);
  EXPECT_EQ(info->orientation, 1);
  EXPECT_EQ(image_info(as_bytes(picture_bytes("cmyk.jpg")))->format, PixelFormat::kRgb);
}

TEST(DecodeImage, LimitsHoldBeforeMemoryIsTaken) {
  EXPECT_THAT(
      read_image(picture_path("rgb.png"), {.max_side = 12}),
      FailsWith(StatusCode::kResourceExhausted, "PNG image of 13 x 7 pixels, the limits are 12"));
  EXPECT_THAT(read_image(picture_path("smooth.jpg"), {.max_pixels = 24 * 16 - 1}),
              FailsWith(StatusCode::kResourceExhausted, "JPEG image of 24 x 16"));
  EXPECT_THAT(read_image(picture_path("smooth.jpg"), {.max_pixels = 24 * 16}), IsOk());
  // A header that claims 2^31 - 1 pixels a side.
  std::string huge = picture_bytes("rgb.png").substr(0, 33);
  for (const std::size_t at : {16, 20}) huge.replace(at, 4, "\x7f\xff\xff\xff");
  EXPECT_FALSE(decode_image(as_bytes(huge)).ok());
}

TEST(DecodeImage, EveryTruncationIsAnError) {
  for (const std::string name : {"rgb.png", "interlaced.png", "smooth.jpg", "progressive.jpg",
                                 "rgb.webp", "smooth.webp", "rgb.bmp", "rgb.jp2"}) {
    const std::string whole = picture_bytes(name);
    ASSERT_THAT(decode_image(as_bytes(whole)), IsOk());
    // The last bytes may be padding or an end marker that nothing depends on.
    for (std::size_t n = 0; n + 8 < whole.size(); n += 3) {
      EXPECT_FALSE(decode_image(as_bytes(whole.substr(0, n))).ok()) << name << " " << n;
    }
  }
}

TEST(DecodeImage, NamesWhatItIsGiven) {
  const testing::TempDir folder;
  EXPECT_THAT(read_image(folder.write("x.png", "no image")),
              FailsWith(StatusCode::kDataLoss,
                        "x.png: no JPEG, PNG, WebP, BMP, PNM, TIFF or JPEG 2000 image"));
  EXPECT_THAT(read_image(folder.file("none.png")), FailsWith(StatusCode::kNotFound, "none.png"));
  EXPECT_THAT(decode_image({}), FailsWith(StatusCode::kDataLoss, "no JPEG"));
  EXPECT_EQ(image_file_of(as_bytes(picture_bytes("rgb.bmp"))), ImageFile::kBmp);
  EXPECT_TRUE(has_image_extension("a/b.JPeG"));
  EXPECT_FALSE(has_image_extension("a.png/b"));
}

TEST(EncodeImage, PngGivesBackWhatWasWritten) {
  for (const PixelFormat format : {PixelFormat::kGray, PixelFormat::kRgb, PixelFormat::kRgba}) {
    const Image image = painted(format, kWidth, kHeight, pixel);
    const auto bytes = encode_image(image, ImageFile::kPng);
    ASSERT_THAT(bytes, IsOk());
    EXPECT_EQ(difference(*decode_image(as_bytes(*bytes), {.format = std::nullopt}), image), 0);
  }
}

TEST(EncodeImage, JpegGivesBackNearlyWhatWasWritten) {
  const testing::TempDir folder;
  const Image bgr = *convert_image(smooth_picture(), PixelFormat::kBgr);
  ASSERT_THAT(write_image(folder.file("x.JPG"), bgr, {.jpeg_quality = 95}), IsOk());
  const int most = difference(*read_image(folder.file("x.JPG")), smooth_picture());
  EXPECT_GE(most, 0);
  EXPECT_LE(most, 8);
}

TEST(EncodeImage, RefusesWhatCannotBeWritten) {
  const Image image = rgb_picture();
  EXPECT_THAT(encode_image(image, ImageFile::kJpeg, {.jpeg_quality = 0}),
              FailsWith(StatusCode::kInvalidArgument, "JPEG quality 0"));
  EXPECT_THAT(encode_image(image, ImageFile::kPng, {.png_level = 10}),
              FailsWith(StatusCode::kInvalidArgument, "PNG level 10"));
  EXPECT_THAT(encode_image(image, ImageFile::kWebp), FailsWith(StatusCode::kUnimplemented, "WebP"));
  EXPECT_THAT(encode_image(painted(PixelFormat::kRgba, 2, 2, pixel), ImageFile::kJpeg),
              FailsWith(StatusCode::kInvalidArgument, "alpha"));
  EXPECT_THAT(write_image("x.gif", image), FailsWith(StatusCode::kInvalidArgument, "x.gif"));
}

}  // namespace
}  // namespace tern

#include "tests/image/pictures.h"

namespace tern {
namespace {

using testing::as_bytes;
using testing::FailsWith;
using testing::IsOk;
using namespace std::string_literals;

// The pixels of a file, or nothing where it is refused.
std::vector<int> pixels_of(const std::string& file, PixelFormat format, const Shape& shape) {
  const auto image = decode_image(as_bytes(file), {.format = std::nullopt});
  EXPECT_THAT(image, IsOk());
  if (!image.ok()) return {};
  EXPECT_EQ(image->format, format);
  EXPECT_EQ(image->pixels.shape(), shape);
  const auto pixels = image->pixels.span<std::uint8_t>();
  return {pixels.begin(), pixels.end()};
}

using Ints = std::vector<int>;

TEST(Pnm, RawPixmapsAndGraymaps) {
  EXPECT_EQ(pixels_of("P6\n2 1\n255\n\1\2\3\4\5\6", PixelFormat::kRgb, {1, 2, 3}),
            (Ints{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(pixels_of("P5 1 2 255\n\7\10", PixelFormat::kGray, {2, 1, 1}), (Ints{7, 8}));
}

TEST(Pnm, ValuesAreScaledToBytes) {
  EXPECT_EQ(pixels_of("P5 3 1 3\n\0\1\3"s, PixelFormat::kGray, {1, 3, 1}), (Ints{0, 85, 255}));
  // 65535, 32896 = 128 * 257, big-endian.
  EXPECT_EQ(pixels_of("P5 2 1 65535\n\xff\xff\x80\x80", PixelFormat::kGray, {1, 2, 1}),
            (Ints{255, 128}));
}

TEST(Pnm, BitmapsHaveOneForBlack) {
  // Rows of ten bits take two bytes.
  EXPECT_EQ(pixels_of("P4 10 1\n\xa0\x40", PixelFormat::kGray, {1, 10, 1}),
            (Ints{0, 255, 0, 255, 255, 255, 255, 255, 255, 0}));
  EXPECT_EQ(pixels_of("P1\n3 2\n101\n0 1 0\n", PixelFormat::kGray, {2, 3, 1}),
            (Ints{0, 255, 0, 255, 0, 255}));
}

TEST(Pnm, TextWithComments) {
  EXPECT_EQ(pixels_of("P3 # pixmap\n1 # width\n1\n# largest\n15\n15 0 # red, green\n5\n",
                      PixelFormat::kRgb, {1, 1, 3}),
            (Ints{255, 0, 85}));
  EXPECT_EQ(pixels_of("P2\n2 1\n255\n12 13", PixelFormat::kGray, {1, 2, 1}), (Ints{12, 13}));
}

TEST(Pnm, RefusesWhatIsNoImage) {
  const auto refused = [](const std::string& file, std::string_view part) {
    EXPECT_THAT(decode_image(as_bytes(file)), FailsWith(StatusCode::kDataLoss, std::string(part)))
        << file;
  };
  refused("P6\n2 1\n255\n\1\2\3\4\5", "PNM: 2 x 1 pixels do not fit into");
  refused("P6\n0 1\n255\n", "PNM: 0 x 1 pixels");
  refused("P6\n1 1\n65536\n\1\2\3", "PNM: a largest value of 65536");
  refused("P6\nx 1\n255\n", "PNM: no number at byte 3");
  refused("P6 99999999999 1 255 ", "PNM: a number above");
  refused("P6 1000000000 1000000000 255 ", "do not fit into");
  refused("P2 2 1 255\n12 x", "PNM: no number at byte");
  refused("P1 2 1\n12", "PNM: neither 0 nor 1 at byte 8");
  refused("P6 1 1 255", "PNM: the header ends early");
}

}  // namespace
}  // namespace tern

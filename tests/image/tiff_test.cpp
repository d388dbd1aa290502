#include "base/little_endian.h"
#include "tests/image/pictures.h"

namespace tern {
namespace {

using testing::as_bytes;
using testing::FailsWith;
using testing::IsOk;

using Ints = std::vector<int>;

// A little-endian file of one directory behind the strips' bytes.
class TiffMaker {
 public:
  explicit TiffMaker(const std::string& pixels) : file_(std::string("II*\0\0\0\0\0", 8) + pixels) {}

  TiffMaker& shorts(std::uint16_t tag, const std::vector<std::uint16_t>& values) {
    entries_.push_back({tag, 3, values});
    return *this;
  }
  TiffMaker& one(std::uint16_t tag, std::uint16_t value) { return shorts(tag, {value}); }

  std::string file() const {
    std::string file = file_;
    // Lists that do not fit into their entry stand before the directory.
    std::vector<std::uint32_t> places;
    for (const Entry& entry : entries_) {
      places.push_back(static_cast<std::uint32_t>(file.size()));
      if (entry.values.size() > 2) {
        for (const std::uint16_t value : entry.values) append(file, value);
      }
    }
    store_little_endian(file.data() + 4, static_cast<std::uint32_t>(file.size()));
    append(file, static_cast<std::uint16_t>(entries_.size()));
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const Entry& entry = entries_[i];
      append(file, entry.tag);
      append(file, entry.type);
      append(file, static_cast<std::uint32_t>(entry.values.size()));
      if (entry.values.size() > 2) {
        append(file, places[i]);
      } else {
        append(file, entry.values[0]);
        append(file, entry.values.size() > 1 ? entry.values[1] : std::uint16_t{0});
      }
    }
    append(file, std::uint32_t{0});
    return file;
  }

 private:
  struct Entry {
    std::uint16_t tag;
    std::uint16_t type;
    std::vector<std::uint16_t> values;
  };
  template <class T>
  static void append(std::string& to, T value) {
    to.resize(to.size() + sizeof(T));
    store_little_endian(to.data() + to.size() - sizeof(T), value);
  }

  std::string file_;
  std::vector<Entry> entries_;
};

// width x height pixels in one strip of `bytes` that follow the header.
TiffMaker picture(const std::string& pixels, std::uint16_t width, std::uint16_t height,
                  std::uint16_t photometric, std::uint16_t bits, std::uint16_t samples) {
  const auto size = static_cast<std::uint16_t>(pixels.size());
  TiffMaker maker(pixels);
  maker.one(256, width).one(257, height).shorts(258, std::vector<std::uint16_t>(samples, bits));
  maker.one(262, photometric).one(273, 8).one(277, samples).one(278, height).one(279, size);
  return maker;
}

std::vector<int> pixels_of(const std::string& file, PixelFormat format, const Shape& shape) {
  const auto image = decode_image(as_bytes(file), {.format = std::nullopt});
  EXPECT_THAT(image, IsOk());
  if (!image.ok()) return {};
  EXPECT_EQ(image->format, format);
  EXPECT_EQ(image->pixels.shape(), shape);
  const auto pixels = image->pixels.span<std::uint8_t>();
  return {pixels.begin(), pixels.end()};
}

TEST(Tiff, ColoursWithAndWithoutAlpha) {
  EXPECT_EQ(pixels_of(picture("\1\2\3\4\5\6", 1, 2, 2, 8, 3).file(), PixelFormat::kRgb, {2, 1, 3}),
            (Ints{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(pixels_of(picture("\1\2\3\4", 1, 1, 2, 8, 4).file(), PixelFormat::kRgba, {1, 1, 4}),
            (Ints{1, 2, 3, 4}));
}

TEST(Tiff, GrayOfOneFourEightAndSixteenBits) {
  EXPECT_EQ(pixels_of(picture("\xa0", 3, 1, 1, 1, 1).file(), PixelFormat::kGray, {1, 3, 1}),
            (Ints{255, 0, 255}));
  EXPECT_EQ(pixels_of(picture("\xf3", 2, 1, 0, 4, 1).file(), PixelFormat::kGray, {1, 2, 1}),
            (Ints{0, 204}));  // zero is white
  EXPECT_EQ(pixels_of(picture("\7", 1, 1, 1, 8, 1).file(), PixelFormat::kGray, {1, 1, 1}),
            (Ints{7}));
  EXPECT_EQ(pixels_of(picture("\x34\x12", 1, 1, 1, 16, 1).file(), PixelFormat::kGray, {1, 1, 1}),
            (Ints{0x12}));
}

TEST(Tiff, Palettes) {
  std::vector<std::uint16_t> colors(48, 0);  // reds, greens, blues of 16 entries
  colors[2] = 0xff00, colors[16 + 2] = 0x8000, colors[32 + 5] = 0x0100;
  TiffMaker maker = picture("\x25", 2, 1, 3, 4, 1);
  EXPECT_EQ(pixels_of(maker.shorts(320, colors).file(), PixelFormat::kRgb, {1, 2, 3}),
            (Ints{255, 128, 0, 0, 0, 1}));
}

TEST(Tiff, StripsAndPackBits) {
  // Rows of two: a literal run in the first strip, a repeated byte in the second.
  TiffMaker maker("\1\7\x8\xff\x9");
  maker.one(256, 2).one(257, 2).one(258, 8).one(259, 32773).one(262, 1);
  maker.shorts(273, {8, 11}).one(277, 1).one(278, 1).shorts(279, {3, 2});
  EXPECT_EQ(pixels_of(maker.file(), PixelFormat::kGray, {2, 2, 1}), (Ints{7, 8, 9, 9}));
}

TEST(Tiff, BigEndianNumbers) {
  using namespace std::string_literals;
  const auto entry = [](int tag, int value) {
    return "\1"s + static_cast<char>(tag - 256) + "\0\3\0\0\0\1\0"s + static_cast<char>(value) +
           "\0\0"s;
  };
  const std::string file = "MM\0*\0\0\0\12\1\2"s + "\0\11"s + entry(256, 1) + entry(257, 1) +
                           entry(258, 16) + entry(259, 1) + entry(262, 1) + entry(273, 8) +
                           entry(277, 1) + entry(278, 1) + entry(279, 2) + "\0\0\0\0"s;
  EXPECT_EQ(pixels_of(file, PixelFormat::kGray, {1, 1, 1}), (Ints{1}));
}

TEST(Tiff, TurnsTheImageAsItsOrientationSays) {
  // 3: both directions mirrored.
  const std::string file = picture("\1\2", 2, 1, 1, 8, 1).one(274, 3).file();
  const auto image = decode_image(as_bytes(file), {.format = std::nullopt});
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(image->row(0)[0], 2);
}

TEST(Tiff, PassesOverEntriesThatRepeatOrThatItDoesNotKnow) {
  TiffMaker maker = picture("\7", 1, 1, 1, 8, 1);
  for (std::uint16_t i = 0; i < 2000; ++i) maker.one(305, i).one(256, 9);
  EXPECT_EQ(pixels_of(maker.file(), PixelFormat::kGray, {1, 1, 1}), (Ints{7}));
}

TEST(Tiff, SaysWhatItDoesNotRead) {
  const auto unread = [](const TiffMaker& maker, std::string_view part) {
    EXPECT_THAT(decode_image(as_bytes(maker.file())),
                FailsWith(StatusCode::kUnimplemented, std::string(part)));
  };
  unread(picture("\1", 1, 1, 1, 8, 1).one(259, 5), "TIFF: compression 5");
  unread(picture("\1", 1, 1, 1, 8, 1).one(322, 16), "TIFF: tiles");
  unread(picture("\1\2\3", 1, 1, 2, 8, 3).one(284, 2), "TIFF: separate planes");
  unread(picture("\1\2\3", 1, 1, 6, 8, 3), "TIFF: photometric interpretation 6");
  unread(picture("\1\2\3\4", 1, 1, 1, 32, 1), "TIFF: 1 samples of 32 bits");
}

TEST(Tiff, RefusesWhatIsTorn) {
  const std::string whole = picture("\1\2\3\4\5\6", 1, 2, 2, 8, 3).file();
  // The last four bytes say where the next image would be, and the two before them are unused.
  for (std::size_t n = 0; n + 6 < whole.size(); ++n) {
    EXPECT_FALSE(decode_image(as_bytes(whole.substr(0, n))).ok()) << n;
  }
  EXPECT_THAT(decode_image(as_bytes(picture("\1", 1, 3, 1, 8, 1).file())),
              FailsWith(StatusCode::kDataLoss, "TIFF: strip 0 ends early"));
  EXPECT_THAT(decode_image(as_bytes(picture("\1", 60000, 60000, 1, 8, 1).file())),
              FailsWith(StatusCode::kDataLoss, "do not fit into"));
}

}  // namespace
}  // namespace tern

// The pictures of tests/data/images: the formulas of make_images.py, and reading its files.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "tern/image.h"
#include "tests/support/status_matchers.h"

namespace tern::testing {

inline constexpr std::int64_t kWidth = 13, kHeight = 7;               // of pixel() pictures
inline constexpr std::int64_t kSmoothWidth = 24, kSmoothHeight = 16;  // of smooth() pictures

using Color = std::array<int, 4>;

inline Color pixel(std::int64_t x, std::int64_t y) {
  const int i = static_cast<int>(x), j = static_cast<int>(y);
  return {i * 19, j * 40, i * j * 3 % 256, 255 - i * 10 - j};
}
inline Color smooth(std::int64_t x, std::int64_t y) {
  const int i = static_cast<int>(x), j = static_cast<int>(y);
  return {60 + 4 * i, 200 - 5 * j, 100 + 2 * i + 2 * j, 255};
}

inline std::string picture_path(const std::string& name) {
  return std::string(TERN_SOURCE_DIR "/tests/data/images/") + name;
}
inline std::string picture_bytes(const std::string& name) {
  std::ifstream file(picture_path(name), std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}
inline std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span<const char>(text));
}

/// The image of size w x h whose pixel (x, y) is f(x, y).
template <class F>
Image painted(PixelFormat format, std::int64_t width, std::int64_t height, F&& f) {
  Image image = *Image::create(height, width, format);
  for (std::int64_t y = 0; y < height; ++y) {
    std::uint8_t* to = image.mutable_row(y);
    for (std::int64_t x = 0; x < width; ++x) {
      const Color color = f(x, y);
      for (int c = 0; c < image.channels(); ++c) {
        *to++ = static_cast<std::uint8_t>(color[static_cast<std::size_t>(c)]);
      }
    }
  }
  return image;
}

/// The largest difference of a channel, or -1 when size or format differ.
inline int difference(const Image& a, const Image& b) {
  if (a.format != b.format || !(a.pixels.shape() == b.pixels.shape())) return -1;
  int most = 0;
  const auto x = a.pixels.span<std::uint8_t>(), y = b.pixels.span<std::uint8_t>();
  for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, std::abs(x[i] - y[i]));
  return most;
}

}  // namespace tern::testing

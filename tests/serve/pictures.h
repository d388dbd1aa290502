// Pictures for tests, written byte by byte.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tern::serve {

/// An uncompressed BMP of 24 bits. `pixels` are red, green, blue, from the top left.
inline std::string bmp(std::uint32_t width, std::uint32_t height,
                       const std::vector<std::array<std::uint8_t, 3>>& pixels) {
  std::string out;
  const auto number = [&out](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  };
  const std::uint32_t row = (3 * width + 3) / 4 * 4;
  out += "BM";
  number(54 + row * height, 4);
  number(0, 4);
  number(54, 4);  // where the pixels begin
  number(40, 4);  // BITMAPINFOHEADER
  number(width, 4);
  number(height, 4);
  number(1, 2);
  number(24, 2);
  for (int i = 0; i < 6; ++i) number(0, 4);
  for (std::uint32_t y = height; y-- > 0;) {
    const std::size_t end = out.size() + row;
    for (std::uint32_t x = 0; x < width; ++x) {
      const auto& [r, g, b] = pixels[y * width + x];
      out += static_cast<char>(b);
      out += static_cast<char>(g);
      out += static_cast<char>(r);
    }
    out.resize(end);
  }
  return out;
}

}  // namespace tern::serve

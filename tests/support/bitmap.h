// Image files that need no library to read: bitmaps of one colour.
#pragma once

#include <string>

namespace tern::testing {

inline std::string bitmap(int width, int height, int r, int g, int b) {
  const auto number = [](int value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i);
    return text;
  };
  std::string row;
  for (int x = 0; x < width; ++x) row += number(b, 1) + number(g, 1) + number(r, 1);
  row.resize((row.size() + 3) / 4 * 4);
  std::string pixels;
  for (int y = 0; y < height; ++y) pixels += row;
  return "BM" + number(54 + static_cast<int>(pixels.size()), 4) + number(0, 4) + number(54, 4) +
         number(40, 4) + number(width, 4) + number(height, 4) + number(1, 2) + number(24, 2) +
         std::string(24, '\0') + pixels;
}

}  // namespace tern::testing

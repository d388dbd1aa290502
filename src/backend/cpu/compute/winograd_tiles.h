// The tiles that Winograd's algorithms cut images into.
#pragma once

#include <algorithm>
#include <cstdint>

#include "backend/cpu/compute/conv.h"
#include "backend/cpu/compute/packing.h"
#include "backend/cpu/compute/winograd.h"

namespace tern::cpu {

/// Floats from a position to the next in a block of tiles: an odd number of cache lines, so that
/// the 36 places a transform writes to spread over the sets of the cache.
inline std::int64_t winograd_position_floats(std::int64_t tiles, std::int64_t channels) {
  return ((tiles * channels + 15) / 16 | 1) * 16;
}

/// A tile is a 4x4 block of outputs, row by row over all images of the batch.
class WinogradTiles {
 public:
  explicit WinogradTiles(const ConvShape& shape) : s_(shape) {}

  std::int64_t count() const { return s_.batch * along(s_.out_h) * along(s_.out_w); }

  struct Corner {
    std::int64_t image, y, x;  // of a tile's first output
  };
  Corner corner(std::int64_t tile) const {
    const std::int64_t across = along(s_.out_w);
    const std::int64_t line = tile / across;
    const std::int64_t down = along(s_.out_h);
    return {line / down, line % down * kWinogradOutput, tile % across * kWinogradOutput};
  }

  /// What a tile reads of image x; where its transform goes is the caller's.
  WinogradInput input(std::int64_t tile, const float* x) const {
    const std::int64_t row = s_.in_w * s_.in_pixel;
    const Corner at = corner(tile);
    const std::int64_t top = at.y - s_.pad_top;
    const std::int64_t left = at.x - s_.pad_left;
    const Range rows = inside(top, s_.in_h);
    const Range columns = inside(left, s_.in_w);
    return {.x = x + (at.image * s_.in_h + top) * row + left * s_.in_pixel,
            .x_row = row,
            .x_pixel = s_.in_pixel,
            .first_row = rows.begin,
            .end_row = rows.end,
            .first_column = columns.begin,
            .end_column = columns.end,
            .channels = s_.in_c};
  }

 private:
  static std::int64_t along(std::int64_t size) {
    return (size + kWinogradOutput - 1) / kWinogradOutput;
  }
  static Range inside(std::int64_t start, std::int64_t size) {
    const std::int64_t end = std::clamp<std::int64_t>(size - start, 0, kWinogradInput);
    return {std::clamp<std::int64_t>(-start, 0, end), end};
  }

  const ConvShape& s_;
};

}  // namespace tern::cpu

// Arrays that stand for the matrix registers of AMX (bf16_tiles-inl.h says what a policy of tiles
// has), so that the kernels over them are tested on any machine.
//
// The arithmetic is that of TDPBF16PS as the Intel SDM, volume 2, gives it: products with even and
// with odd index are summed apart, each step a fused multiply-add rounded to nearest even, then
// both sums are added and the result added to the destination; denormal operands count as zero and
// denormal results become zero.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace tern::cpu {

class SoftwareTiles {
 public:
  template <int t>
  void zero() {
    std::memset(tiles_[t], 0, sizeof tiles_[t]);
  }

  template <int t>
  void load(const void* p, long stride) {
    for (int r = 0; r < kRows; ++r) {
      std::memcpy(tiles_[t][r], static_cast<const char*>(p) + r * stride, kRowBytes);
    }
  }

  template <int t>
  void store(void* p, long stride) const {
    for (int r = 0; r < kRows; ++r) {
      std::memcpy(static_cast<char*>(p) + r * stride, tiles_[t][r], kRowBytes);
    }
  }

  template <int c, int a, int b>
  void dot() {
    for (int m = 0; m < kRows; ++m) {
      for (int n = 0; n < kColumns; ++n) {
        float even = 0;
        float odd = 0;
        for (int k = 0; k < kRows; ++k) {
          even = flushed(std::fma(element(a, m, 2 * k), element(b, k, 2 * n), even));
          odd = flushed(std::fma(element(a, m, 2 * k + 1), element(b, k, 2 * n + 1), odd));
        }
        float sum;
        std::memcpy(&sum, tiles_[c][m] + n * sizeof sum, sizeof sum);
        sum = flushed(flushed(sum) + flushed(even + odd));
        std::memcpy(tiles_[c][m] + n * sizeof sum, &sum, sizeof sum);
      }
    }
  }

 private:
  static constexpr int kRows = 16;
  static constexpr int kColumns = 16;
  static constexpr int kRowBytes = 64;

  static float flushed(float x) {
    return std::abs(x) < std::numeric_limits<float>::min() ? std::copysign(0.0F, x) : x;
  }

  float element(int tile, int row, int column) const {
    std::uint16_t bits;
    std::memcpy(&bits, tiles_[tile][row] + column * sizeof bits, sizeof bits);
    return flushed(std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16));
  }

  std::uint8_t tiles_[8][kRows][kRowBytes] = {};
};

}  // namespace tern::cpu

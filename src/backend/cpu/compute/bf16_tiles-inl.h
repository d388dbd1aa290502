// Products in bf16 on matrix registers, written over a policy `Tiles` that stands for eight of
// them, 16 rows of 64 bytes each:
//
//   Tiles tiles;                        // makes the registers usable until it goes
//   tiles.template zero<t>();
//   tiles.template load<t>(p, stride);  // row r from p + r * stride bytes
//   tiles.template store<t>(p, stride);
//   tiles.template dot<c, a, b>();      // c[m][n] += sum over k of a[m][2k + i] * b[k][2n + i]
//
// bf16_amx.cpp has the processor's registers; the tests have arrays with the same semantics.
//
// A block of C is 32 x 32 in registers 0 to 3, two of A (4, 5) times two of B (6, 7). Blocks at the
// edges are computed whole: what they read beyond A's rows and B's columns reaches only sums that
// are not stored.
#pragma once

#include "backend/cpu/compute/activation-inl.h"
#include "backend/cpu/compute/bf16_tile.h"
#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

constexpr std::int64_t kTileRows = 16;
constexpr std::int64_t kTileColumns = 16;  // of f32
constexpr std::int64_t kBlockRows = 2 * kTileRows;
static_assert(kBlockRows == kBf16RowStep && 2 * kTileColumns == kBf16Panel);
constexpr std::int64_t kSumsRow = kBf16Panel;  // floats from a row of sums to the next

template <int kRows, int kColumns, class Tiles>
TERN_SIMD_INLINE void start_sums(Tiles& tiles, const float* sums, bool accumulate) {
  constexpr long kStride = kSumsRow * sizeof(float);
  constexpr std::int64_t kLower = kTileRows * kSumsRow;
  if (accumulate) {
    tiles.template load<0>(sums, kStride);
    if constexpr (kColumns == 2) tiles.template load<1>(sums + kTileColumns, kStride);
    if constexpr (kRows == 2) tiles.template load<2>(sums + kLower, kStride);
    if constexpr (kRows == 2 && kColumns == 2) {
      tiles.template load<3>(sums + kLower + kTileColumns, kStride);
    }
    return;
  }
  tiles.template zero<0>();
  if constexpr (kColumns == 2) tiles.template zero<1>();
  if constexpr (kRows == 2) tiles.template zero<2>();
  if constexpr (kRows == 2 && kColumns == 2) tiles.template zero<3>();
}

template <int kRows, int kColumns, class Tiles>
TERN_SIMD_INLINE void store_sums(Tiles& tiles, float* sums) {
  constexpr long kStride = kSumsRow * sizeof(float);
  constexpr std::int64_t kLower = kTileRows * kSumsRow;
  tiles.template store<0>(sums, kStride);
  if constexpr (kColumns == 2) tiles.template store<1>(sums + kTileColumns, kStride);
  if constexpr (kRows == 2) tiles.template store<2>(sums + kLower, kStride);
  if constexpr (kRows == 2 && kColumns == 2) {
    tiles.template store<3>(sums + kLower + kTileColumns, kStride);
  }
}

// sums (+)= a block of A times the panel of B.
template <int kRows, int kColumns, class Tiles>
TERN_SIMD_INLINE void multiply(Tiles& tiles, const Bf16Strip& s, const Bf16* a, float* sums) {
  constexpr std::int64_t kWidth = kColumns * kTileColumns;
  constexpr long kBStride = kWidth * 2 * sizeof(Bf16);
  const long a_stride = static_cast<long>(s.a_row) * static_cast<long>(sizeof(Bf16));
  const Bf16* b = s.b;
  start_sums<kRows, kColumns>(tiles, sums, s.accumulate);
  for (std::int64_t k = 0; k < s.depth; k += kBf16DepthStep) {
    tiles.template load<4>(a + k, a_stride);
    tiles.template load<6>(b, kBStride);
    tiles.template dot<0, 4, 6>();
    if constexpr (kColumns == 2) {
      tiles.template load<7>(b + 2 * kTileColumns, kBStride);
      tiles.template dot<1, 4, 7>();
    }
    if constexpr (kRows == 2) {
      tiles.template load<5>(a + k + kTileRows * s.a_row, a_stride);
      tiles.template dot<2, 5, 6>();
    }
    if constexpr (kRows == 2 && kColumns == 2) tiles.template dot<3, 5, 7>();
    b += kBf16DepthStep * kWidth;
  }
  store_sums<kRows, kColumns>(tiles, sums);
}

template <class Tiles>
TERN_SIMD_INLINE void multiply_block(Tiles& tiles, const Bf16Strip& s, const Bf16* a,
                                     std::int64_t rows, float* sums) {
  const bool wide = s.width == kBf16Panel;
  if (rows > kTileRows) {
    wide ? multiply<2, 2>(tiles, s, a, sums) : multiply<2, 1>(tiles, s, a, sums);
  } else {
    wide ? multiply<1, 2>(tiles, s, a, sums) : multiply<1, 1>(tiles, s, a, sums);
  }
}

TERN_SIMD_INLINE void read_sums(const Bf16Strip& s, const float* c, std::int64_t rows,
                                float* sums) {
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t j = 0; j < s.columns; j += kLanes) {
      const std::int64_t n = smaller<std::int64_t>(kLanes, s.columns - j);
      store(sums + r * kSumsRow + j, load_n(c + r * s.c_row + j, n));
    }
  }
}

// Rows [first, first + rows) of C from their sums: bias, residual and activation where the sums are
// complete.
TERN_SIMD_INLINE void write_sums(const Bf16Strip& s, const Epilogue& e, const float* sums,
                                 std::int64_t first, std::int64_t rows) {
  const bool clips = s.finish && fits_registers(e);
  const bool residual_last = s.finish && !clips && e.residual_last;
  const float* bias = s.finish ? s.bias : nullptr;
  const float* residual =
      s.finish && s.residual != nullptr ? s.residual + first * s.residual_row : nullptr;
  const float* early = residual_last ? nullptr : residual;
  const Vec lo = set1(clips ? e.lo : -kInfinity);
  const Vec hi = set1(clips ? e.hi : kInfinity);
  float* c = s.c + first * s.c_row;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t j = 0; j < s.columns; j += kLanes) {
      const std::int64_t n = smaller<std::int64_t>(kLanes, s.columns - j);
      Vec v = load(sums + r * kSumsRow + j);
      if (bias != nullptr) v = v + load_n(bias + j, n);
      if (early != nullptr) v = v + load_n(early + r * s.residual_row + j, n);
      store_n(c + r * s.c_row + j, clip(v, lo, hi), n);
    }
  }
  if (s.finish && !clips) {
    activate(c, s.c_row, residual_last ? residual : nullptr, s.residual_row, rows, s.columns, e);
  }
}

// Part `part` of `parts` of what the next call reads of B, towards the second level cache.
TERN_SIMD_INLINE void fetch_next(const Bf16Strip& s, std::int64_t part, std::int64_t parts) {
  constexpr std::int64_t kLine = 32;  // elements
  if (s.next == nullptr) return;
  const std::int64_t lines = s.depth * s.width / kLine;
  for (std::int64_t i = lines * part / parts; i < lines * (part + 1) / parts; ++i) {
    __builtin_prefetch(s.next + i * kLine, 0, 2);
  }
}

template <class Tiles>
void compute_tiled_strip(const Bf16Strip& s, const Epilogue& e) noexcept {
  alignas(64) float sums[kBlockRows * kSumsRow];
  for (float& sum : sums) sum = 0.0F;  // those of rows that do not exist are added to as well
  Tiles tiles;
  for (std::int64_t first = 0; first < s.rows; first += kBlockRows) {
    fetch_next(s, first / kBlockRows, (s.rows + kBlockRows - 1) / kBlockRows);
    const std::int64_t rows = smaller(kBlockRows, s.rows - first);
    if (s.accumulate) read_sums(s, s.c + first * s.c_row, rows, sums);
    multiply_block(tiles, s, s.a + first * s.a_row, rows, sums);
    write_sums(s, e, sums, first, rows);
  }
}

}  // namespace
}  // namespace tern::cpu::TERN_SIMD_NS

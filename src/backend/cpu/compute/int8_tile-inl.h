#include "backend/cpu/compute/int8_tile.h"

#include "backend/cpu/compute/int8_sums-inl.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

// Where a tile lies: its panel of B and its columns.
struct Place {
  const std::byte* b;
  Index column;
  Index count;
};

// Bytes of B that are fetched ahead: the panels follow one another, most often from memory.
constexpr int kAhead = 4096;

// Stores quantised results itself where it can; otherwise the sums are left to the caller.
template <int kRows, int kVecs>
void compute_tile(const Int8Strip& s, const Place& at, Sums& sums) noexcept {
  const Index a_row = s.a_row;
  const std::byte* b = at.b;
  // Rows of A in threes share a pointer: x86 addresses base, base + stride and base + 2 * stride.
  constexpr int kBases = (kRows + 2) / 3;
  const std::byte* base[kBases];
  TERN_UNROLL
  for (int i = 0; i < kBases; ++i) base[i] = s.a + 3 * i * a_row;
  IVec sum[kRows][kVecs];
  TERN_UNROLL
  for (int j = 0; j < kVecs; ++j) {
    const IVec first = load_words(s.finish.start + at.column + j * kLanes);
    TERN_UNROLL
    for (int i = 0; i < kRows; ++i) sum[i][j] = first;
  }
  for (Index words = s.words; words > 0; --words) {
    IVec column[kVecs];
    TERN_UNROLL
    for (int j = 0; j < kVecs; ++j) {
      column[j] = load_words(b + j * kLanes * 4);
      prefetch(reinterpret_cast<const float*>(b + j * kLanes * 4 + kAhead));
    }
    TERN_UNROLL
    for (int i = 0; i < kRows; ++i) {
      const IVec x = broadcast_word(base[i / 3] + (i % 3) * a_row);
      TERN_UNROLL
      for (int j = 0; j < kVecs; ++j) dot_into(sum[i][j], x, column[j]);
    }
    b += kVecs * kLanes * 4;
    TERN_UNROLL
    for (int i = 0; i < kBases; ++i) {
      base[i] += 4;
      opaque(base[i]);
    }
  }
#if defined(TERN_SIMD_AVX512)
  if (s.finish.output == SumOutput::kByte) {
    return store_tile<kRows, kVecs>(s, sum, at.column, at.count);
  }
#endif
  TERN_UNROLL
  for (int i = 0; i < kRows; ++i) {
    TERN_UNROLL
    for (int j = 0; j < kVecs; ++j) store_words(&sums.rows[i][j * kLanes], sum[i][j]);
  }
}

using TileFunction = void (*)(const Int8Strip& s, const Place& at, Sums& sums) noexcept;
struct TileSet {
  TileFunction panel[kMaxRows];
  TileFunction narrow[kMaxRows];  // a last panel of one vector
};
template <int... kIndex>
constexpr TileSet make_tile_set() {
  return {{compute_tile<kIndex + 1, kPanelVecs>...}, {compute_tile<kIndex + 1, 1>...}};
}
constexpr TileSet kTiles =
#if defined(TERN_SIMD_AVX512)
    make_tile_set<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13>();
#else
    make_tile_set<0, 1, 2, 3, 4, 5>();
#endif

#if defined(TERN_SIMD_AVX512)
constexpr bool kStoresBytes = true;  // compute_tile does
#else
constexpr bool kStoresBytes = false;
#endif

void compute_strip(const Int8Strip& s, int rows) noexcept {
  Sums sums;
  for (Index column = 0; column < s.columns; column += kPanel) {
    const Index count = smaller<Index>(kPanel, s.columns - column);
    const Place at{s.b + column * s.words * 4, column, count};
    (count > kLanes ? kTiles.panel : kTiles.narrow)[rows - 1](s, at, sums);
    if (!kStoresBytes || s.finish.output != SumOutput::kByte) {
      store_finished(s, sums, rows, column, count);
    }
  }
  const Epilogue& e = s.finish.epilogue;
  if (s.finish.output == SumOutput::kF32 && !fits_registers(e)) {
    activate(static_cast<float*>(s.c), s.c_row, e.residual_last ? s.residual : nullptr,
             s.residual_row, rows, s.columns, e);
  }
}

void copy_elements(const std::uint8_t* from, Index count, bool is_signed, std::byte* to) noexcept {
#if defined(TERN_SIMD_AVX512_VNNI)
  if (!is_signed) {
    __builtin_memcpy(to, from, static_cast<std::size_t>(count));
    return;
  }
  auto* out = reinterpret_cast<std::uint8_t*>(to);
  for (Index i = 0; i < count; ++i) out[i] = static_cast<std::uint8_t>(from[i] ^ 128u);
#else
  auto* out = reinterpret_cast<std::int16_t*>(to);
  if (is_signed) {
    for (Index i = 0; i < count; ++i) out[i] = static_cast<std::int8_t>(from[i]);
  } else {
    for (Index i = 0; i < count; ++i) out[i] = from[i];
  }
#endif
}

}  // namespace

extern const Int8TileKernels kInt8TileKernels;
const Int8TileKernels kInt8TileKernels{kLanes,    kPanel,        kMaxRows,
                                       kProducts, compute_strip, copy_elements};

}  // namespace tern::cpu::TERN_SIMD_NS

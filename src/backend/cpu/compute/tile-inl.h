#include "backend/cpu/compute/tile.h"

#include "backend/cpu/compute/activation-inl.h"
#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

// Shapes. The accumulators of a tile fill the register file but for the vectors of B and one
// broadcast of A: 14x2 of 32 registers with AVX-512, 6x2 of 16 with AVX2 and SSE, 12x2 of 32 with
// NEON.
constexpr int kPanelVecs = 2;
#if defined(TERN_SIMD_AVX512)
constexpr int kMaxRows = 14;
#elif defined(__aarch64__)
constexpr int kMaxRows = 12;
#else
constexpr int kMaxRows = 6;
#endif
constexpr bool kManyRegisters = kMaxRows > 6;

// Few rows alone cannot hide the latency of the multiply-add: such strips take several panels at
// once.
constexpr int panels_at_once(int rows) {
  if (kManyRegisters) return rows <= 2 ? 4 : rows <= 6 ? 2 : 1;
  return rows <= 1 ? 4 : rows <= 3 ? 2 : 1;
}

// Where a tile lies: b points at its first panel's rows, the others at its first column.
struct Place {
  const float* b;
  const float* bias;
  const float* residual;
  float* c;
};

template <int kRows, int kVecs, int kPanels>
struct Tile {
  static constexpr int kAll = kVecs * kPanels;
  Vec sum[kRows][kAll];

  TERN_SIMD_INLINE void start(Tile& t, const Strip& s, const Place& at) {
    if (s.accumulate) {
      TERN_UNROLL
      for (int i = 0; i < kRows; ++i) {
        TERN_UNROLL
        for (int j = 0; j < kAll; ++j) t.sum[i][j] = load(at.c + i * s.c_row + j * kLanes);
      }
      return;
    }
    TERN_UNROLL
    for (int j = 0; j < kAll; ++j) {
      const Vec first = at.bias != nullptr ? load(at.bias + j * kLanes) : zero();
      TERN_UNROLL
      for (int i = 0; i < kRows; ++i) t.sum[i][j] = first;
    }
  }

  // One row of B: rank-one update of the whole tile.
  TERN_SIMD_INLINE void step(Tile& t, const float* a, std::int64_t a_row, const float* b,
                             std::int64_t b_panel) {
    Vec row[kAll];
    TERN_UNROLL
    for (int p = 0; p < kPanels; ++p) {
      TERN_UNROLL
      for (int j = 0; j < kVecs; ++j) row[p * kVecs + j] = load(b + p * b_panel + j * kLanes);
    }
    TERN_UNROLL
    for (int i = 0; i < kRows; ++i) {
      const Vec x = set1(a[i * a_row]);
      TERN_UNROLL
      for (int j = 0; j < kAll; ++j) t.sum[i][j] = fma(x, row[j], t.sum[i][j]);
    }
  }

  TERN_SIMD_INLINE void store_all(const Tile& t, const Strip& s, const Place& at, Vec lo, Vec hi) {
    const bool add = s.finish && at.residual != nullptr;
    TERN_UNROLL
    for (int i = 0; i < kRows; ++i) {
      TERN_UNROLL
      for (int j = 0; j < kAll; ++j) {
        Vec y = t.sum[i][j];
        if (add) y = y + load(at.residual + i * s.residual_row + j * kLanes);
        store(at.c + i * s.c_row + j * kLanes, clip(y, lo, hi));
      }
    }
  }
};

template <int kRows, int kVecs, int kPanels>
void compute_tile(const Strip& s, const Place& at, float lo, float hi) noexcept {
  using T = Tile<kRows, kVecs, kPanels>;
  constexpr std::int64_t kWidth = kVecs * kLanes;
  constexpr std::int64_t kUnroll = 4;  // amortises the reload of row pointers that spilled
  const std::int64_t b_panel = s.b_rows * kWidth;
  const std::int64_t a_row = s.a_row;
  const float* b = at.b;
  T tile;
  T::start(tile, s, at);
  for (std::int64_t tap = 0; tap < s.tap_count; ++tap) {
    const float* a = s.a + s.taps[tap];
    std::int64_t k = 0;
    for (; k + kUnroll <= s.depth; k += kUnroll) {
      TERN_UNROLL
      for (int u = 0; u < kUnroll; ++u) T::step(tile, a + u, a_row, b + u * kWidth, b_panel);
      a += kUnroll;
      b += kUnroll * kWidth;
    }
    for (; k < s.depth; ++k) {
      T::step(tile, a, a_row, b, b_panel);
      ++a;
      b += kWidth;
    }
  }
  T::store_all(tile, s, at, set1(lo), set1(hi));
}

using TileFunction = void (*)(const Strip&, const Place&, float lo, float hi) noexcept;

struct TileSet {
  TileFunction wide[kMaxRows];    // panels_at_once whole panels
  TileFunction panel[kMaxRows];   // one whole panel
  TileFunction narrow[kMaxRows];  // a last panel of one vector
};

template <int... kIndex>
constexpr TileSet make_tile_set() {
  return {{compute_tile<kIndex + 1, kPanelVecs, panels_at_once(kIndex + 1)>...},
          {compute_tile<kIndex + 1, kPanelVecs, 1>...},
          {compute_tile<kIndex + 1, 1, 1>...}};
}

constexpr TileSet kTiles =
#if defined(TERN_SIMD_AVX512)
    make_tile_set<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13>();
#elif defined(__aarch64__)
    make_tile_set<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11>();
#else
    make_tile_set<0, 1, 2, 3, 4, 5>();
#endif

// A last panel with padding columns: computed whole into a buffer, its valid columns copied out.
void compute_partial(const Strip& s, const Place& at, TileFunction function, int rows,
                     std::int64_t columns, float lo, float hi) noexcept {
  constexpr std::int64_t kPanel = kPanelVecs * kLanes;
  alignas(64) float c[kMaxRows * kPanel];
  alignas(64) float residual[kMaxRows * kPanel];
  alignas(64) float bias[kPanel];
  const auto copy = [&](float* to, std::int64_t to_row, const float* from, std::int64_t from_row,
                        std::int64_t count) {
    for (std::int64_t r = 0; r < count; ++r) {
      for (std::int64_t j = 0; j < columns; ++j) to[r * to_row + j] = from[r * from_row + j];
    }
  };
  Strip inner = s;
  inner.c_row = inner.residual_row = kPanel;
  Place place{at.b, nullptr, nullptr, c};
  if (s.accumulate) copy(c, kPanel, at.c, s.c_row, rows);
  if (at.bias != nullptr) {
    copy(bias, kPanel, at.bias, 0, 1);
    place.bias = bias;
  }
  if (at.residual != nullptr) {
    copy(residual, kPanel, at.residual, s.residual_row, rows);
    place.residual = residual;
  }
  function(inner, place, lo, hi);
  copy(at.c, s.c_row, c, kPanel, rows);
}

void compute_strip(const Strip& s, int rows, const Epilogue& e) noexcept {
  constexpr std::int64_t kPanel = kPanelVecs * kLanes;
  const bool clips = s.finish && fits_registers(e);
  const bool activates = s.finish && !clips;
  const bool residual_last = activates && e.residual_last;
  const float lo = clips ? e.lo : -kInfinity;
  const float hi = clips ? e.hi : kInfinity;
  const std::int64_t step = panels_at_once(rows) * kPanel;
  std::int64_t j = 0;
  const auto place = [&](std::int64_t column, std::int64_t width) {
    return Place{s.b + column * s.b_rows + s.b_first_row * width,
                 s.bias != nullptr ? s.bias + column : nullptr,
                 s.residual != nullptr && !residual_last ? s.residual + column : nullptr,
                 s.c + column};
  };
  for (; j + step <= s.columns; j += step) kTiles.wide[rows - 1](s, place(j, kPanel), lo, hi);
  for (; j + kPanel <= s.columns; j += kPanel) kTiles.panel[rows - 1](s, place(j, kPanel), lo, hi);
  if (const std::int64_t rest = s.columns - j; rest > 0) {
    const bool narrow = rest <= kLanes;
    const TileFunction function = (narrow ? kTiles.narrow : kTiles.panel)[rows - 1];
    const Place last = place(j, narrow ? kLanes : kPanel);
    if (rest == kLanes) {
      function(s, last, lo, hi);
    } else {
      compute_partial(s, last, function, rows, rest, lo, hi);
    }
  }
  if (activates) {
    activate(s.c, s.c_row, residual_last ? s.residual : nullptr, s.residual_row, rows, s.columns,
             e);
  }
}

void finish_rows(float* y, std::int64_t y_row, const float* bias, const float* residual,
                 std::int64_t residual_row, std::int64_t rows, std::int64_t columns,
                 const Epilogue& e) noexcept {
  const bool residual_first = residual != nullptr && !e.residual_last;
  for (std::int64_t r = 0; r < rows && (bias != nullptr || residual_first); ++r) {
    float* row = y + r * y_row;
    for (std::int64_t j = 0; j < columns; j += kLanes) {
      const std::int64_t n = smaller<std::int64_t>(kLanes, columns - j);
      Vec v = load_n(row + j, n);
      if (bias != nullptr) v = v + load_n(bias + j, n);
      if (residual_first) v = v + load_n(residual + r * residual_row + j, n);
      store_n(row + j, v, n);
    }
  }
  const float* last = residual_first ? nullptr : residual;
  if (e.activation != Activation::kNone || last != nullptr) {
    activate(y, y_row, last, residual_row, rows, columns, e);
  }
}

}  // namespace

extern const TileKernels kTileKernels;
const TileKernels kTileKernels{kLanes, kPanelVecs* kLanes, kMaxRows, compute_strip, finish_rows};

}  // namespace tern::cpu::TERN_SIMD_NS

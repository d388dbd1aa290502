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
constexpr int kCacheLine = 16;  // floats

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
  const float* next;  // what to fetch meanwhile, up to next_end
  const float* next_end;
  std::int64_t tail;  // columns of the last vector that exist; B is padded, the others are not
};

// Rows of A in threes share a pointer: x86 addresses base, base + stride and base + 2 * stride.
template <int kRows>
struct RowPointers {
  static constexpr int kBases = (kRows + 2) / 3;
  const char* base[kBases];
  std::int64_t stride;  // bytes

  TERN_SIMD_INLINE RowPointers make(const float* a, std::int64_t a_row) {
    RowPointers r;
    r.stride = a_row * static_cast<std::int64_t>(sizeof(float));
    TERN_UNROLL
    for (int i = 0; i < kBases; ++i) r.base[i] = reinterpret_cast<const char*>(a + 3 * i * a_row);
    return r;
  }

  TERN_SIMD_INLINE float at(const RowPointers& r, int row, int column) {
    const char* p = r.base[row / 3] + (row % 3) * r.stride;
    return reinterpret_cast<const float*>(p)[column];
  }

  TERN_SIMD_INLINE void advance(RowPointers& r, int columns) {
    TERN_UNROLL
    for (int i = 0; i < kBases; ++i) {
      r.base[i] += columns * static_cast<int>(sizeof(float));
      opaque(r.base[i]);
    }
  }
};

template <int kRows, int kVecs, int kPanels>
struct Tile {
  static constexpr int kAll = kVecs * kPanels;
  Vec sum[kRows][kAll];

  TERN_SIMD_INLINE Vec load_column(const float* row, int j, std::int64_t tail) {
    const bool whole = j < kAll - 1 || kPanels > 1 || tail == kLanes;
    return whole ? load(row + j * kLanes) : load_n(row + j * kLanes, tail);
  }

  // Rows of C are walked with a running pointer, here and in store_all.
  TERN_SIMD_INLINE void load_all(Tile& t, const float* c, std::int64_t c_row, std::int64_t tail) {
    TERN_UNROLL
    for (int i = 0; i < kRows; ++i, c += c_row) {
      TERN_UNROLL
      for (int j = 0; j < kAll; ++j) t.sum[i][j] = load_column(c, j, tail);
    }
  }

  TERN_SIMD_INLINE void start(Tile& t, const float* bias, std::int64_t tail) {
    TERN_UNROLL
    for (int j = 0; j < kAll; ++j) {
      const Vec first = bias != nullptr ? load_column(bias, j, tail) : zero();
      TERN_UNROLL
      for (int i = 0; i < kRows; ++i) t.sum[i][j] = first;
    }
  }

  // One row of B: rank-one update of the whole tile.
  TERN_SIMD_INLINE void step(Tile& t, const RowPointers<kRows>& a, int column, const float* b,
                             std::int64_t b_panel) {
    Vec row[kAll];
    TERN_UNROLL
    for (int p = 0; p < kPanels; ++p) {
      TERN_UNROLL
      for (int j = 0; j < kVecs; ++j) row[p * kVecs + j] = load(b + p * b_panel + j * kLanes);
    }
    TERN_UNROLL
    for (int i = 0; i < kRows; ++i) {
      const Vec x = set1(RowPointers<kRows>::at(a, i, column));
      TERN_UNROLL
      for (int j = 0; j < kAll; ++j) {
        if constexpr (kAll == 1) {
          t.sum[i][j] = fma(x, row[j], t.sum[i][j]);  // the broadcast folds into the instruction
        } else {
          fma_into(t.sum[i][j], x, row[j]);
        }
      }
    }
  }

  TERN_SIMD_INLINE void store_all(Tile& t, float* c, std::int64_t c_row, std::int64_t tail, Vec lo,
                                  Vec hi) {
    opaque(c);
    TERN_UNROLL
    for (int i = 0; i < kRows; ++i, c += c_row) {
      TERN_UNROLL
      for (int j = 0; j < kAll; ++j) {
        const Vec y = clip(t.sum[i][j], lo, hi);
        if (j < kAll - 1 || kPanels > 1 || tail == kLanes) {
          store(c + j * kLanes, y);
        } else {
          store_n(c + j * kLanes, y, tail);
        }
      }
    }
  }

  TERN_SIMD_INLINE void add(Tile& t, const float* residual, std::int64_t residual_row,
                            std::int64_t tail) {
    opaque(residual);
    TERN_UNROLL
    for (int i = 0; i < kRows; ++i, residual += residual_row) {
      TERN_UNROLL
      for (int j = 0; j < kAll; ++j) t.sum[i][j] = t.sum[i][j] + load_column(residual, j, tail);
    }
  }

  // Outputs and residual are far away more often than not. Fetching their lines at the start, all
  // at once, hides what the stores at the end would wait for one after the other.
  TERN_SIMD_INLINE void prefetch_all(float* c, std::int64_t c_row, const float* residual,
                                     std::int64_t residual_row) {
    constexpr int kStep = larger(1, 16 / kLanes);  // a prefetch per cache line
    opaque(c);
    TERN_UNROLL
    for (int i = 0; i < kRows; ++i, c += c_row) {
      TERN_UNROLL
      for (int j = 0; j < kAll; j += kStep) prefetch_write(c + j * kLanes);
    }
    if (residual == nullptr) return;
    opaque(residual);
    TERN_UNROLL
    for (int i = 0; i < kRows; ++i, residual += residual_row) {
      TERN_UNROLL
      for (int j = 0; j < kAll; j += kStep) prefetch(residual + j * kLanes);
    }
  }
};

template <int kRows, int kVecs, int kPanels>
void compute_tile(const Strip& strip, const Place& place, float lo, float hi) noexcept {
  using T = Tile<kRows, kVecs, kPanels>;
  using Rows = RowPointers<kRows>;
  constexpr std::int64_t kWidth = kVecs * kLanes;
  constexpr int kUnroll = 4;
  const Strip s = strip;  // copies, so that stores to C do not make the compiler read them again
  const Place at = place;
  const std::int64_t b_panel = s.b_rows * kWidth;
  const float* residual = s.finish ? at.residual : nullptr;
  T::prefetch_all(at.c, s.c_row, residual, s.residual_row);
  T tile;
  if (s.accumulate) {
    T::load_all(tile, at.c, s.c_row, at.tail);
  } else {
    T::start(tile, at.bias, at.tail);
  }
  const float* b = at.b;
  const float* next = at.next;
  for (std::int64_t tap = 0; tap < s.tap_count; ++tap) {
    Rows a = Rows::make(s.a + s.taps[tap], s.a_row);
    std::int64_t k = s.depth;
    for (; k >= kUnroll; k -= kUnroll) {
      if (next < at.next_end) {
        prefetch_l2(next);
        prefetch_l2(next + kCacheLine);
        next += 2 * kCacheLine;
      }
      TERN_UNROLL
      for (int u = 0; u < kUnroll; ++u) T::step(tile, a, u, b + u * kWidth, b_panel);
      Rows::advance(a, kUnroll);
      b += kUnroll * kWidth;
    }
    for (; k > 0; --k) {
      T::step(tile, a, 0, b, b_panel);
      Rows::advance(a, 1);
      b += kWidth;
    }
  }
  if (residual != nullptr) T::add(tile, residual, s.residual_row, at.tail);
  T::store_all(tile, at.c, s.c_row, at.tail, set1(lo), set1(hi));
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

void compute_strip(const Strip& s, int rows, const Epilogue& e) noexcept {
  constexpr std::int64_t kPanel = kPanelVecs * kLanes;
  const bool clips = s.finish && fits_registers(e);
  const bool activates = s.finish && !clips;
  const bool residual_last = activates && e.residual_last;
  const float lo = clips ? e.lo : -kInfinity;
  const float hi = clips ? e.hi : kInfinity;
  const std::int64_t step = panels_at_once(rows) * kPanel;
  const auto place = [&](std::int64_t column, std::int64_t width, std::int64_t tail) {
    const float* next = s.next != nullptr ? s.next + column * s.b_rows : nullptr;
    return Place{s.b + column * s.b_rows + s.b_first_row * width,
                 s.bias != nullptr ? s.bias + column : nullptr,
                 s.residual != nullptr && !residual_last ? s.residual + column : nullptr,
                 s.c + column,
                 next,
                 next != nullptr ? next + s.next_floats : nullptr,
                 tail};
  };
  std::int64_t j = 0;
  for (; j + step <= s.columns; j += step) {
    kTiles.wide[rows - 1](s, place(j, kPanel, kLanes), lo, hi);
  }
  for (; j + kLanes < s.columns; j += kPanel) {
    const std::int64_t tail = smaller<std::int64_t>(kLanes, s.columns - j - kLanes);
    kTiles.panel[rows - 1](s, place(j, kPanel, tail), lo, hi);
  }
  if (j < s.columns) kTiles.narrow[rows - 1](s, place(j, kLanes, s.columns - j), lo, hi);
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

#if defined(TERN_SIMD_AVX512)
constexpr Isa kIsa = Isa::kAvx512;
#elif defined(TERN_SIMD_AVX2)
constexpr Isa kIsa = Isa::kAvx2;
#else
constexpr Isa kIsa = Isa::kBaseline;
#endif

extern const TileKernels kTileKernels;
const TileKernels kTileKernels{kIsa,     kLanes,        kPanelVecs* kLanes,
                               kMaxRows, compute_strip, finish_rows};

}  // namespace tern::cpu::TERN_SIMD_NS

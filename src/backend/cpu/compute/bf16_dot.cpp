// Products in bf16 with AVX512_BF16: a register tile of up to 14 rows and 32 columns, two products
// per lane and instruction. Compiled for AVX-512 and AVX512_BF16.
#define TERN_SIMD_AVX512
#include "backend/cpu/compute/activation-inl.h"
#include "backend/cpu/compute/bf16_convert-inl.h"
#include "backend/cpu/compute/bf16_tile.h"
#include "backend/cpu/compute/simd.h"

namespace tern::cpu::avx512 {
namespace {

constexpr int kMaxRows = 14;  // 28 sums, two vectors of B, one pair of A: 31 of 32 registers

// sum += a.even * b.even + a.odd * b.odd in every lane, in place (simd.h: fma_into says why).
TERN_SIMD_INLINE void dot_into(Vec& sum, __m512i a, __m512i b) {
  asm("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
}

// The two elements of A at p in every lane.
TERN_SIMD_INLINE __m512i pair_at(const char* p) {
  int pair;
  __builtin_memcpy(&pair, p, sizeof pair);
  return _mm512_set1_epi32(pair);
}

// Sums that follow one another through one register wait for the instruction's latency: few rows
// take turns between several sets of sums.
constexpr int sets_for(int rows) { return rows <= 2 ? 4 : rows <= 4 ? 2 : 1; }

template <int kRows, int kVecs>
struct DotTile {
  static constexpr int kSets = sets_for(kRows);
  static constexpr int kBases = (kRows + 2) / 3;  // rows in threes share a pointer
  static constexpr std::int64_t kPairBytes = 4;
  static constexpr std::int64_t kBRow = kVecs * kLanes * 2;  // elements of a pair of B's rows

  Vec sum[kSets][kRows][kVecs];

  TERN_SIMD_INLINE void multiply(DotTile& t, const Bf16* a, std::int64_t a_row, const Bf16* b,
                                 std::int64_t depth, const Bf16* next) {
    const char* base[kBases];
    const std::int64_t stride = a_row * static_cast<std::int64_t>(sizeof(Bf16));
    TERN_UNROLL
    for (int i = 0; i < kBases; ++i) base[i] = reinterpret_cast<const char*>(a + 3 * i * a_row);
    constexpr int kUnroll = 4;  // pairs; depth is a multiple of 2 * kUnroll
    for (std::int64_t k = 0; k < depth; k += 2 * kUnroll) {
      TERN_UNROLL
      for (int u = 0; u < kUnroll; ++u) {
        __m512i row[kVecs];
        TERN_UNROLL
        for (int j = 0; j < kVecs; ++j) row[j] = _mm512_loadu_si512(b + u * kBRow + j * 2 * kLanes);
        TERN_UNROLL
        for (int i = 0; i < kRows; ++i) {
          const __m512i x = pair_at(base[i / 3] + (i % 3) * stride + u * kPairBytes);
          TERN_UNROLL
          for (int j = 0; j < kVecs; ++j) dot_into(t.sum[u % kSets][i][j], x, row[j]);
        }
      }
      TERN_UNROLL
      for (int i = 0; i < kBases; ++i) {
        base[i] += kUnroll * kPairBytes;
        opaque(base[i]);
      }
      if (next != nullptr) {
        __builtin_prefetch(next, 0, 2);  // towards the second level cache
        next += kUnroll * kBRow;
      }
      b += kUnroll * kBRow;
    }
    TERN_UNROLL
    for (int set = 1; set < kSets; ++set) {
      TERN_UNROLL
      for (int i = 0; i < kRows; ++i) {
        TERN_UNROLL
        for (int j = 0; j < kVecs; ++j) t.sum[0][i][j] = t.sum[0][i][j] + t.sum[set][i][j];
      }
    }
  }
};

// Where rows [first, first + kRows) of a strip begin. Pointers without a purpose are null.
struct Place {
  const Bf16* a;
  const float* start;  // C when sums go on, else null
  const float* bias;
  const float* residual;
  float* c;
  float lo, hi;
  const Bf16* next;  // of what every step reads of the next panel, the cache line to fetch
};

template <int kRows, int kVecs>
void compute_rows(const Bf16Strip& strip, const Place& place) noexcept {
  using T = DotTile<kRows, kVecs>;
  const Bf16Strip s =
      strip;  // copies, so that stores to C do not make the compiler read them again
  const Place at = place;
  const std::int64_t tail = s.columns - (kVecs - 1) * kLanes;
  const auto load_column = [tail](const float* row, int j) __attribute__((always_inline)) {
    return j < kVecs - 1 ? load(row + j * kLanes) : load_n(row + j * kLanes, tail);
  };
  T tile;
  TERN_UNROLL
  for (int i = 0; i < kRows; ++i) {
    TERN_UNROLL
    for (int j = 0; j < kVecs; ++j) {
      prefetch_write(at.c + i * s.c_row + j * kLanes);
      if (at.residual != nullptr) prefetch(at.residual + i * s.residual_row + j * kLanes);
    }
  }
  TERN_UNROLL
  for (int set = 0; set < T::kSets; ++set) {
    TERN_UNROLL
    for (int i = 0; i < kRows; ++i) {
      TERN_UNROLL
      for (int j = 0; j < kVecs; ++j) {
        const bool goes_on = set == 0 && at.start != nullptr;
        tile.sum[set][i][j] = goes_on ? load_column(at.start + i * s.c_row, j) : zero();
      }
    }
  }
  T::multiply(tile, at.a, s.a_row, s.b, s.depth, at.next);
  const Vec lo = set1(at.lo);
  const Vec hi = set1(at.hi);
  TERN_UNROLL
  for (int i = 0; i < kRows; ++i) {
    TERN_UNROLL
    for (int j = 0; j < kVecs; ++j) {
      Vec y = tile.sum[0][i][j];
      if (at.bias != nullptr) y = y + load_column(at.bias, j);
      if (at.residual != nullptr) y = y + load_column(at.residual + i * s.residual_row, j);
      y = clip(y, lo, hi);
      float* c = at.c + i * s.c_row + j * kLanes;
      j < kVecs - 1 ? store(c, y) : store_n(c, y, tail);
    }
  }
}

using RowsFunction = void (*)(const Bf16Strip&, const Place&) noexcept;
struct RowsSet {
  RowsFunction panel[kMaxRows];
  RowsFunction half_panel[kMaxRows];
};
template <int... kIndex>
constexpr RowsSet make_rows_set() {
  return {{compute_rows<kIndex + 1, 2>...}, {compute_rows<kIndex + 1, 1>...}};
}
constexpr RowsSet kRowsSet = make_rows_set<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13>();

// A step of a tile reads so many lines of a panel; as many parts of a strip fetch one each.
constexpr std::int64_t kLineElements = 32;
constexpr std::int64_t kStepLines = 8;

void compute_dot_strip(const Bf16Strip& s, const Epilogue& e) noexcept {
  const bool clips = s.finish && fits_registers(e);
  const bool activates = s.finish && !clips;
  const bool residual_last = activates && e.residual_last;
  const RowsFunction* functions = s.width == kBf16Panel ? kRowsSet.panel : kRowsSet.half_panel;
  const std::int64_t parts = (s.rows + kMaxRows - 1) / kMaxRows;
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t first = s.rows * part / parts;
    const std::int64_t rows = s.rows * (part + 1) / parts - first;
    float* c = s.c + first * s.c_row;
    const float* residual =
        s.finish && s.residual != nullptr ? s.residual + first * s.residual_row : nullptr;
    functions[rows - 1](
        s,
        {.a = s.a + first * s.a_row,
         .start = s.accumulate ? c : nullptr,
         .bias = s.finish ? s.bias : nullptr,
         .residual = residual_last ? nullptr : residual,
         .c = c,
         .lo = clips ? e.lo : -kInfinity,
         .hi = clips ? e.hi : kInfinity,
         .next = s.next != nullptr && part < kStepLines ? s.next + part * kLineElements : nullptr});
    if (activates) {
      activate(c, s.c_row, residual_last ? residual : nullptr, s.residual_row, rows, s.columns, e);
    }
  }
}

}  // namespace

extern const Bf16Kernels kBf16DotKernels;
const Bf16Kernels kBf16DotKernels{"avx512_bf16", compute_dot_strip, convert_to_bf16};

}  // namespace tern::cpu::avx512

#include "backend/cpu/compute/outer.h"

#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

// As in tile-inl.h: the accumulators fill the register file.
#if defined(TERN_SIMD_AVX512)
constexpr int kMaxRows = 14;
#elif defined(__aarch64__)
constexpr int kMaxRows = 12;
#else
constexpr int kMaxRows = 6;
#endif
constexpr int kMaxVecs = 2;
constexpr int kMaxColumns = kMaxVecs * kLanes;

// kPartial: the last vector of B and C has `tail` lanes.
template <int kVecs, bool kPartial>
TERN_SIMD_INLINE Vec load_part(const float* p, int j, Index tail) {
  return kPartial && j == kVecs - 1 ? load_n(p + j * kLanes, tail) : load(p + j * kLanes);
}

template <int kRows, int kVecs, bool kPartial>
void compute(const OuterProduct& product, Index tail) noexcept {
  const OuterProduct p = product;  // a copy, so that stores to C do not make it be read again
  // C is far away more often than not: it is fetched during the sum and met at the end.
  float* c = p.c;
  opaque(c);
  TERN_UNROLL
  for (int i = 0; i < kRows; ++i, c += p.c_row) {
    TERN_UNROLL
    for (int j = 0; j < kVecs; j += larger(1, 16 / kLanes)) prefetch_write(c + j * kLanes);
  }
  Vec sum[kRows][kVecs];
  TERN_UNROLL
  for (int i = 0; i < kRows; ++i) {
    TERN_UNROLL
    for (int j = 0; j < kVecs; ++j) sum[i][j] = zero();
  }
  for (Index s = 0; s < p.segments; ++s) {
    const float* a = p.a + s * p.a_segment;
    const float* b = p.b + s * p.b_segment;
    for (Index t = 0; t < p.steps; ++t) {
      Vec row[kVecs];
      TERN_UNROLL
      for (int j = 0; j < kVecs; ++j) row[j] = load_part<kVecs, kPartial>(b, j, tail);
      TERN_UNROLL
      for (int i = 0; i < kRows; ++i) {
        const Vec x = set1(a[i]);
        TERN_UNROLL
        for (int j = 0; j < kVecs; ++j) fma_into(sum[i][j], x, row[j]);
      }
      a += p.a_step;
      b += p.b_step;
    }
  }
  c = p.c;
  opaque(c);
  TERN_UNROLL
  for (int i = 0; i < kRows; ++i, c += p.c_row) {
    TERN_UNROLL
    for (int j = 0; j < kVecs; ++j) {
      if (p.accumulate) sum[i][j] = sum[i][j] + load_part<kVecs, kPartial>(c, j, tail);
      if (kPartial && j == kVecs - 1) {
        store_n(c + j * kLanes, sum[i][j], tail);
      } else {
        store(c + j * kLanes, sum[i][j]);
      }
    }
  }
}

using Function = void (*)(const OuterProduct&, Index tail) noexcept;

struct FunctionSet {
  Function of[kMaxVecs][2][kMaxRows];  // [vectors - 1][partial][rows - 1]
};

template <int... kIndex>
constexpr FunctionSet make_set() {
  return {{{{compute<kIndex + 1, 1, false>...}, {compute<kIndex + 1, 1, true>...}},
           {{compute<kIndex + 1, 2, false>...}, {compute<kIndex + 1, 2, true>...}}}};
}

constexpr FunctionSet kFunctions =
#if defined(TERN_SIMD_AVX512)
    make_set<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13>();
#elif defined(__aarch64__)
    make_set<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11>();
#else
    make_set<0, 1, 2, 3, 4, 5>();
#endif

void tile(const OuterProduct& p, int rows) noexcept {
  const Index vecs = (p.columns + kLanes - 1) / kLanes;
  const Index tail = p.columns - (vecs - 1) * kLanes;
  kFunctions.of[vecs - 1][tail < kLanes][rows - 1](p, tail);
}

void diagonal(const OuterProduct& p) noexcept {
  for (Index j = 0; j < p.columns; j += kLanes) {
    const Index n = smaller<Index>(kLanes, p.columns - j);
    Vec even = p.accumulate ? load_n(p.c + j, n) : zero();
    Vec odd = zero();
    for (Index s = 0; s < p.segments; ++s) {
      const float* a = p.a + s * p.a_segment + j;
      const float* b = p.b + s * p.b_segment + j;
      Index t = 0;
      for (; t + 2 <= p.steps; t += 2, a += 2 * p.a_step, b += 2 * p.b_step) {
        even = fma(load_n(a, n), load_n(b, n), even);
        odd = fma(load_n(a + p.a_step, n), load_n(b + p.b_step, n), odd);
      }
      if (t < p.steps) even = fma(load_n(a, n), load_n(b, n), even);
    }
    store_n(p.c + j, even + odd, n);
  }
}

}  // namespace

extern const OuterKernels kOuterKernels;
const OuterKernels kOuterKernels{kMaxRows, kMaxColumns, tile, diagonal};

}  // namespace tern::cpu::TERN_SIMD_NS

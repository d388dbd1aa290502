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

// kPartial: the last vector of B and C has `tail` lanes.
template <int kVecs, bool kPartial>
TERN_SIMD_INLINE Vec load_part(const float* p, int j, Index tail) {
  return kPartial && j == kVecs - 1 ? load_n(p + j * kLanes, tail) : load(p + j * kLanes);
}

template <int kRows, int kVecs, bool kPartial>
void compute(const OuterProduct& product, Index tail) noexcept {
  const OuterProduct p = product;  // a copy, so that stores to C do not make it be read again
  Vec sum[kRows][kVecs];
  TERN_UNROLL
  for (int i = 0; i < kRows; ++i) {
    TERN_UNROLL
    for (int j = 0; j < kVecs; ++j) {
      sum[i][j] = p.accumulate ? load_part<kVecs, kPartial>(p.c + i * p.c_row, j, tail) : zero();
    }
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
  float* c = p.c;
  opaque(c);
  TERN_UNROLL
  for (int i = 0; i < kRows; ++i, c += p.c_row) {
    TERN_UNROLL
    for (int j = 0; j < kVecs; ++j) {
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

}  // namespace

extern const OuterKernels kOuterKernels;
const OuterKernels kOuterKernels{kMaxRows, kMaxVecs* kLanes, tile};

}  // namespace tern::cpu::TERN_SIMD_NS

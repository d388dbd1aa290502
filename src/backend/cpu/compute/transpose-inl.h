#include "backend/cpu/compute/transpose.h"

#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

#if defined(TERN_SIMD_AVX512)
TERN_SIMD_INLINE Vec zip_low(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
TERN_SIMD_INLINE Vec zip_high(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                 31);
}
#elif defined(TERN_SIMD_AVX2)
TERN_SIMD_INLINE Vec zip_low(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
TERN_SIMD_INLINE Vec zip_high(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
#else
TERN_SIMD_INLINE Vec zip_low(Vec a, Vec b) { return __builtin_shufflevector(a, b, 0, 4, 1, 5); }
TERN_SIMD_INLINE Vec zip_high(Vec a, Vec b) { return __builtin_shufflevector(a, b, 2, 6, 3, 7); }
#endif

// A square of kLanes x kLanes: interleaving row i with row i + kLanes / 2, log2(kLanes) times,
// moves the bits of the row number into the bits of the column number.
// kPartial: only `rows` x `columns` of it exist.
template <bool kPartial>
TERN_SIMD_INLINE void transpose_square(const float* x, Index x_row, float* y, Index y_row,
                                       Index rows, Index columns) {
  Vec v[kLanes];
  TERN_UNROLL
  for (int i = 0; i < kLanes; ++i) {
    if (kPartial) {
      v[i] = i < rows ? load_n(x + i * x_row, columns) : zero();
    } else {
      v[i] = load(x + i * x_row);
    }
  }
  TERN_UNROLL
  for (int size = kLanes; size > 1; size /= 2) {
    Vec zipped[kLanes];
    TERN_UNROLL
    for (int i = 0; i < kLanes / 2; ++i) {
      zipped[2 * i] = zip_low(v[i], v[i + kLanes / 2]);
      zipped[2 * i + 1] = zip_high(v[i], v[i + kLanes / 2]);
    }
    TERN_UNROLL
    for (int i = 0; i < kLanes; ++i) v[i] = zipped[i];
  }
  TERN_UNROLL
  for (int i = 0; i < kLanes; ++i) {
    if (!kPartial) {
      store(y + i * y_row, v[i]);
    } else if (i < columns) {
      store_n(y + i * y_row, v[i], rows);
    }
  }
}

// Element by element, the writes in order.
void transpose_thin(const float* x, Index x_row, float* y, Index y_row, Index rows,
                    Index columns) noexcept {
  for (Index c = 0; c < columns; ++c) {
    for (Index r = 0; r < rows; ++r) y[c * y_row + r] = x[r * x_row + c];
  }
}

void matrix(const float* x, Index x_row, float* y, Index y_row, Index rows,
            Index columns) noexcept {
  constexpr Index kThin = 4;  // below this many rows or columns a square is mostly empty
  if (rows < kThin || columns < kThin) return transpose_thin(x, x_row, y, y_row, rows, columns);
  // Down the rows first: one band of y is written to the end before the next begins, and the lines
  // of x that a square touches serve the squares below from the cache when x_row is small.
  for (Index c = 0; c < columns; c += kLanes) {
    const Index n = smaller<Index>(kLanes, columns - c);
    for (Index r = 0; r < rows; r += kLanes) {
      const Index m = smaller<Index>(kLanes, rows - r);
      const float* from = x + r * x_row + c;
      float* to = y + c * y_row + r;
      if (m == kLanes && n == kLanes) {
        transpose_square<false>(from, x_row, to, y_row, m, n);
      } else {
        transpose_square<true>(from, x_row, to, y_row, m, n);
      }
    }
  }
}

}  // namespace

extern const TransposeKernels kTransposeKernels;
const TransposeKernels kTransposeKernels{matrix};

}  // namespace tern::cpu::TERN_SIMD_NS

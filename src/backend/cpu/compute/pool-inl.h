#include "backend/cpu/compute/pool.h"

#include "backend/cpu/compute/math-inl.h"
#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

template <int kVecs, class Combine, class Finish>
TERN_SIMD_INLINE void pool_channels(const PoolWindow& w, Index c, Index n, float start,
                                    Combine combine, Finish finish) {
  Vec sum[kVecs];
  TERN_UNROLL
  for (int j = 0; j < kVecs; ++j) sum[j] = set1(start);
  for (Index r = 0; r < w.rows; ++r) {
    const float* x = w.x + r * w.x_row + c;
    for (Index k = 0; k < w.columns; ++k, x += w.x_column) {
      TERN_UNROLL
      for (int j = 0; j < kVecs; ++j) {
        sum[j] = combine(sum[j], kVecs == 1 ? load_n(x, n) : load(x + j * kLanes));
      }
    }
  }
  TERN_UNROLL
  for (int j = 0; j < kVecs; ++j) {
    if (kVecs == 1) {
      store_n(w.y + c, finish(sum[j]), n);
    } else {
      store(w.y + c + j * kLanes, finish(sum[j]));
    }
  }
}

template <class Combine, class Finish>
TERN_SIMD_INLINE void pool_window(const PoolWindow& w, float start, Combine combine,
                                  Finish finish) {
  constexpr int kVecs = 4;
  Index c = 0;
  for (; c + kVecs * kLanes <= w.channels; c += kVecs * kLanes) {
    pool_channels<kVecs>(w, c, kLanes, start, combine, finish);
  }
  for (; c < w.channels; c += kLanes) {
    pool_channels<1>(w, c, smaller<Index>(kLanes, w.channels - c), start, combine, finish);
  }
}

void max_window(const PoolWindow& w) noexcept {
  pool_window(
      w, -kInfinity, [](Vec a, Vec b) { return max(a, b); }, [](Vec v) { return v; });
}

void sum_window(const PoolWindow& w, float factor) noexcept {
  pool_window(
      w, 0.0F, [](Vec a, Vec b) { return a + b; }, [f = set1(factor)](Vec v) { return v * f; });
}

void max_backward(const PoolBackwardWindow& w) noexcept {
  for (Index c = 0; c < w.channels; c += kLanes) {
    const Index n = smaller<Index>(kLanes, w.channels - c);
    Vec top = set1(-kInfinity);
    for (Index r = 0; r < w.rows; ++r) {
      for (Index k = 0; k < w.columns; ++k) {
        top = max(top, load_n(w.x + r * w.row + k * w.column + c, n));
      }
    }
    Vec left = load_n(w.dy + c, n);  // what has not found its pixel yet
    for (Index r = 0; r < w.rows; ++r) {
      for (Index k = 0; k < w.columns; ++k) {
        const Index at = r * w.row + k * w.column + c;
        const IVec found = load_n(w.x + at, n) == top;
        store_n(w.dx + at, load_n(w.dx + at, n) + (found ? left : zero()), n);
        left = found ? zero() : left;
      }
    }
  }
}

void sum_backward(const PoolBackwardWindow& w, float factor) noexcept {
  const Vec f = set1(factor);
  for (Index c = 0; c < w.channels; c += kLanes) {
    const Index n = smaller<Index>(kLanes, w.channels - c);
    const Vec share = f * load_n(w.dy + c, n);
    for (Index r = 0; r < w.rows; ++r) {
      for (Index k = 0; k < w.columns; ++k) {
        float* dx = w.dx + r * w.row + k * w.column + c;
        store_n(dx, load_n(dx, n) + share, n);
      }
    }
  }
}

}  // namespace

extern const PoolKernels kPoolKernels;
const PoolKernels kPoolKernels{max_window, sum_window, max_backward, sum_backward};

}  // namespace tern::cpu::TERN_SIMD_NS

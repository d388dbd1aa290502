#include "backend/cpu/compute/gemv.h"

#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

// y += kRows rows of B, y staying in the L1 cache from block to block.
template <int kRows>
void add_rows(const VectorMatrix& v, Index first, bool start) noexcept {
  Vec x[kRows];
  TERN_UNROLL
  for (int r = 0; r < kRows; ++r) x[r] = set1(v.alpha * v.x[(first + r) * v.x_step]);
  const float* b = v.b + first * v.b_stride;
  for (Index j = 0; j < v.n; j += kLanes) {
    const Index n = smaller<Index>(kLanes, v.n - j);
    Vec sum[2] = {start ? zero() : load_n(v.y + j, n), zero()};
    TERN_UNROLL
    for (int r = 0; r < kRows; ++r) {
      sum[r % 2] = fma(x[r], load_n(b + r * v.b_stride + j, n), sum[r % 2]);
    }
    store_n(v.y + j, sum[0] + sum[1], n);
  }
}

void rows(const VectorMatrix& v) noexcept {
  constexpr Index kBlock = 8;
  bool start = !v.accumulate;
  if (start && v.k == 0) {
    for (Index j = 0; j < v.n; ++j) v.y[j] = 0.0F;
  }
  Index i = 0;
  for (; i + kBlock <= v.k; i += kBlock, start = false) add_rows<kBlock>(v, i, start);
  for (; i < v.k; ++i, start = false) add_rows<1>(v, i, start);
}

// kColumns dot products side by side, so that their latencies overlap.
template <int kColumns>
void dot_columns(const VectorMatrix& v, Index first) noexcept {
  constexpr int kSums = kColumns >= 4 ? 1 : 4;
  Vec sum[kColumns][kSums];
  for (auto& column : sum) {
    for (Vec& s : column) s = zero();
  }
  const float* b = v.b + first * v.b_stride;
  Index i = 0;
  for (; i + kSums * kLanes <= v.k; i += kSums * kLanes) {
    TERN_UNROLL
    for (int s = 0; s < kSums; ++s) {
      const Vec x = load(v.x + i + s * kLanes);
      TERN_UNROLL
      for (int c = 0; c < kColumns; ++c) {
        sum[c][s] = fma(x, load(b + c * v.b_stride + i + s * kLanes), sum[c][s]);
      }
    }
  }
  for (; i < v.k; i += kLanes) {
    const Index n = smaller<Index>(kLanes, v.k - i);
    const Vec x = load_n(v.x + i, n);
    TERN_UNROLL
    for (int c = 0; c < kColumns; ++c) {
      sum[c][0] = fma(x, load_n(b + c * v.b_stride + i, n), sum[c][0]);
    }
  }
  for (int c = 0; c < kColumns; ++c) {
    Vec all = sum[c][0];
    for (int s = 1; s < kSums; ++s) all = all + sum[c][s];
    const float dot = v.alpha * fold(all, [](float p, float q) { return p + q; });
    v.y[first + c] = v.accumulate ? v.y[first + c] + dot : dot;
  }
}

void columns(const VectorMatrix& v) noexcept {
  constexpr Index kBlock = 4;
  Index j = 0;
  for (; j + kBlock <= v.n; j += kBlock) dot_columns<kBlock>(v, j);
  for (; j < v.n; ++j) dot_columns<1>(v, j);
}

}  // namespace

extern const GemvKernels kGemvKernels;
const GemvKernels kGemvKernels{rows, columns};

}  // namespace tern::cpu::TERN_SIMD_NS

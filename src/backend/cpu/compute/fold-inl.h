// Folding a run of floats into one value with several accumulators, so that neither latency nor
// rounding grows with every element.
#pragma once

#include "backend/cpu/compute/math-inl.h"
#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {

inline constexpr int kAccumulators = 4;

/// combine over map(x[i]); `neutral` is combine's neutral element, `padding` a value whose map is
/// it.
template <class Map, class Combine>
TERN_SIMD_INLINE float fold_run(const float* x, std::int64_t count, float neutral, float padding,
                                Map map, Combine combine) {
  constexpr std::int64_t kStep = kAccumulators * kLanes;
  constexpr std::int64_t kBlock = 64 * kStep;
  Vec totals[kAccumulators];
  for (Vec& t : totals) t = set1(neutral);
  std::int64_t i = 0;
  while (i + kStep <= count) {  // blocks have sums of their own: small terms meet small sums
    Vec sums[kAccumulators];
    for (Vec& s : sums) s = set1(neutral);
    const std::int64_t end = smaller(count, i + kBlock);
    for (; i + kStep <= end; i += kStep) {
      TERN_UNROLL
      for (int a = 0; a < kAccumulators; ++a) {
        sums[a] = combine(sums[a], map(load(x + i + a * kLanes)));
      }
    }
    for (int a = 0; a < kAccumulators; ++a) totals[a] = combine(totals[a], sums[a]);
  }
  for (; i + kLanes <= count; i += kLanes) totals[0] = combine(totals[0], map(load(x + i)));
  if (i < count) totals[1] = combine(totals[1], map(load_n_or(x + i, count - i, set1(padding))));
  const Vec all = combine(combine(totals[0], totals[1]), combine(totals[2], totals[3]));
  return fold(all, [&](float a, float b) { return combine(set1(a), set1(b))[0]; });
}

TERN_SIMD_INLINE float sum_run(const float* x, std::int64_t count) {
  return fold_run(
      x, count, 0.0F, 0.0F, [](Vec v) { return v; }, [](Vec a, Vec b) { return a + b; });
}

/// A NaN among the values may or may not win.
TERN_SIMD_INLINE float max_run(const float* x, std::int64_t count) {
  return fold_run(
      x, count, -kInfinity, -kInfinity, [](Vec v) { return v; },
      [](Vec a, Vec b) { return max(a, b); });
}

}  // namespace tern::cpu::TERN_SIMD_NS

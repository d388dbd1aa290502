#include "backend/cpu/compute/attention.h"

#include "backend/cpu/compute/fold-inl.h"
#include "backend/cpu/compute/math-inl.h"
#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

TERN_SIMD_INLINE void scale_run(float* y, Index count, Vec factor) {
  for (Index i = 0; i < count; i += kLanes) {
    const Index n = smaller<Index>(kLanes, count - i);
    store_n(y + i, load_n(y + i, n) * factor, n);
  }
}

TERN_SIMD_INLINE void fill_zero(float* y, Index count) {
  for (Index i = 0; i < count; i += kLanes) {
    store_n(y + i, zero(), smaller<Index>(kLanes, count - i));
  }
}

// -infinity where a key takes no part.
TERN_SIMD_INLINE Vec select_allowed(Vec s, const bool* allowed, Index n) {
  float keep[kLanes];
  for (Index i = 0; i < kLanes; ++i) keep[i] = i < n && allowed[i] ? 0.0F : -kInfinity;
  return s + load(keep);
}

// Scores with softcap and mask, stored; returns the largest.
TERN_SIMD_INLINE float mask_scores(const SoftmaxRow& row) {
  const Vec cap = set1(row.softcap);
  Vec top = set1(-kInfinity);
  for (Index j = 0; j < row.visible; j += kLanes) {
    const Index n = smaller<Index>(kLanes, row.visible - j);
    Vec s = load_n_or(row.scores + j, n, set1(-kInfinity));
    if (row.softcap > 0.0F) s = cap * tanh(s / cap);
    if (row.added != nullptr) s = s + load_n(row.added + j, n);
    if (row.allowed != nullptr) s = select_allowed(s, row.allowed + j, n);
    store_n(row.scores + j, s, n);
    top = max(top, load_n_or(row.scores + j, n, set1(-kInfinity)));
  }
  return fold(top, [](float a, float b) { return a < b ? b : a; });
}

// exp(x) for x <= 0 as exp computes it, but 0 where the result would be denormal: then one step
// scales instead of two.
TERN_SIMD_INLINE Vec exp_of_negative(Vec x) {
  constexpr float kP[] = {0.5000000072F,   0.1666666582F,   0.04166628032F,
                          0.008333503755F, 0.001394575232F, 0.0001978926193F};
  const Vec lowest = set1(-87.0F);
  const Vec kept = max(lowest, x);
  const Rounded n = round_small(kept * set1(1.44269504F));
  Vec r = fma(n.value, set1(-0.693359375F), kept);
  r = fma(n.value, set1(2.12194440e-4F), r);
  const Vec y = fma(r * r, polynomial(r, kP), r) + set1(1.0F);
  const Vec scaled = from_bits(bits_of(y) + (n.integer << 23));
  return x < lowest ? zero() : x == x ? scaled : x;
}

void softmax_row(SoftmaxRow& row) noexcept {
  const bool changes = row.softcap > 0.0F || row.added != nullptr || row.allowed != nullptr;
  const float top = larger(row.top, changes ? mask_scores(row) : max_run(row.scores, row.visible));
  if (top == -kInfinity) return fill_zero(row.scores, row.keys);
  if (top != row.top) {
    float shrink[kLanes];
    store(shrink, exp_of_negative(set1(row.top - top)));
    row.sum *= shrink[0];
    if (row.sum != 0.0F) scale_run(row.y, row.v_size, set1(shrink[0]));
    row.top = top;
  }
  Vec sum = zero();
  const Vec shift = set1(top);
  Index j = 0;
  for (; j + kLanes <= row.visible; j += kLanes) {
    const Vec weight = exp_of_negative(load(row.scores + j) - shift);
    store(row.scores + j, weight);
    sum = sum + weight;
  }
  if (j < row.visible) {
    const Index n = row.visible - j;
    const Vec weight = exp_of_negative(load_n_or(row.scores + j, n, set1(-kInfinity)) - shift);
    store_n(row.scores + j, weight, n);
    sum = sum + weight;  // 0 behind the end
  }
  row.sum += fold(sum, [](float a, float b) { return a + b; });
  if (row.visible < row.keys) fill_zero(row.scores + row.visible, row.keys - row.visible);
}

void finish_row(float* y, Index v_size, float sum) noexcept {
  if (sum == 0.0F) return fill_zero(y, v_size);
  scale_run(y, v_size, set1(1.0F / sum));
}

void rotate_row(const RotaryRow& row) noexcept {
  if (row.interleaved) {
    for (Index i = 0; i < row.pairs; ++i) {
      const float a = row.x[2 * i], b = row.x[2 * i + 1];
      row.y[2 * i] = row.cosines[i] * a - row.sines[i] * b;
      row.y[2 * i + 1] = row.sines[i] * a + row.cosines[i] * b;
    }
  } else {
    for (Index i = 0; i < row.pairs; i += kLanes) {
      const Index n = smaller<Index>(kLanes, row.pairs - i);
      const Vec a = load_n(row.x + i, n), b = load_n(row.x + row.pairs + i, n);
      const Vec cosine = load_n(row.cosines + i, n), sine = load_n(row.sines + i, n);
      store_n(row.y + i, cosine * a - sine * b, n);
      store_n(row.y + row.pairs + i, fma(sine, a, cosine * b), n);
    }
  }
  for (Index i = 2 * row.pairs; i < row.size; ++i) row.y[i] = row.x[i];
}

}  // namespace

extern const AttentionKernels kAttentionKernels;
const AttentionKernels kAttentionKernels{softmax_row, finish_row, rotate_row};

}  // namespace tern::cpu::TERN_SIMD_NS

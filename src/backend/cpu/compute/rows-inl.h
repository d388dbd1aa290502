#include "backend/cpu/compute/rows.h"

#include "backend/cpu/compute/fold-inl.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

// y = function(x), returning the sum of y.
template <class Function>
TERN_SIMD_INLINE float map_and_sum(const float* x, float* y, Index count, Function function) {
  Vec sums[2] = {zero(), zero()};
  Index i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    TERN_UNROLL
    for (int a = 0; a < 2; ++a) {
      const Vec v = function(load(x + i + a * kLanes));
      store(y + i + a * kLanes, v);
      sums[a] = sums[a] + v;
    }
  }
  for (; i < count; i += kLanes) {
    const Index n = smaller<Index>(kLanes, count - i);
    store_n(y + i, function(load_n(x + i, n)), n);
    sums[0] = sums[0] + load_n(y + i, n);
  }
  return fold(sums[0] + sums[1], [](float a, float b) { return a + b; });
}

void softmax(const float* x, float* y, Index rows, Index columns) noexcept {
  for (Index r = 0; r < rows; ++r, x += columns, y += columns) {
    const Vec top = set1(max_run(x, columns));
    const float sum = map_and_sum(x, y, columns, [=](Vec v) { return exp(v - top); });
    const Vec scale = set1(1.0F / sum);
    for (Index i = 0; i < columns; i += kLanes) {
      const Index n = smaller<Index>(kLanes, columns - i);
      store_n(y + i, load_n(y + i, n) * scale, n);
    }
  }
}

void log_softmax(const float* x, float* y, Index rows, Index columns) noexcept {
  for (Index r = 0; r < rows; ++r, x += columns, y += columns) {
    const Vec top = set1(max_run(x, columns));
    const float sum = fold_run(
        x, columns, 0.0F, -kInfinity, [=](Vec v) { return exp(v - top); },
        [](Vec a, Vec b) { return a + b; });
    const Vec log_sum = log(set1(sum));
    for (Index i = 0; i < columns; i += kLanes) {
      const Index n = smaller<Index>(kLanes, columns - i);
      store_n(y + i, load_n(x + i, n) - top - log_sum, n);
    }
  }
}

void softmax_grad(const float* dy, const float* y, float* dx, Index rows, Index columns) noexcept {
  for (Index r = 0; r < rows; ++r, dy += columns, y += columns, dx += columns) {
    Vec sums[2] = {zero(), zero()};
    Index i = 0;
    for (; i + 2 * kLanes <= columns; i += 2 * kLanes) {
      TERN_UNROLL
      for (int a = 0; a < 2; ++a) {
        sums[a] = fma(load(dy + i + a * kLanes), load(y + i + a * kLanes), sums[a]);
      }
    }
    for (; i < columns; i += kLanes) {
      const Index n = smaller<Index>(kLanes, columns - i);
      sums[0] = fma(load_n(dy + i, n), load_n(y + i, n), sums[0]);
    }
    const Vec sum = set1(fold(sums[0] + sums[1], [](float a, float b) { return a + b; }));
    for (i = 0; i < columns; i += kLanes) {
      const Index n = smaller<Index>(kLanes, columns - i);
      store_n(dx + i, load_n(y + i, n) * (load_n(dy + i, n) - sum), n);
    }
  }
}

// y = (x - shift) * factor * scale + bias
TERN_SIMD_INLINE void normalise(const NormCall& c, const float* x, float* y, Vec shift,
                                Vec factor) {
  for (Index i = 0; i < c.columns; i += kLanes) {
    const Index n = smaller<Index>(kLanes, c.columns - i);
    Vec v = (load_n(x + i, n) - shift) * factor;
    if (c.scale != nullptr) v = v * load_n(c.scale + i, n);
    if (c.bias != nullptr) v = v + load_n(c.bias + i, n);
    store_n(y + i, v, n);
  }
}

void layer_norm(const NormCall& c) noexcept {
  const float inverse_count = 1.0F / static_cast<float>(c.columns);
  for (Index r = 0; r < c.rows; ++r) {
    const float* x = c.x + r * c.columns;
    const float mean = sum_run(x, c.columns) * inverse_count;
    const Vec shift = set1(mean);
    const float squares = fold_run(
        x, c.columns, 0.0F, mean, [=](Vec v) { return (v - shift) * (v - shift); },
        [](Vec a, Vec b) { return a + b; });
    const float inverse = 1.0F / __builtin_sqrtf(squares * inverse_count + c.epsilon);
    normalise(c, x, c.y + r * c.columns, shift, set1(inverse));
    if (c.mean != nullptr) c.mean[r] = mean;
    if (c.inverse_std != nullptr) c.inverse_std[r] = inverse;
  }
}

void rms_norm(const NormCall& c) noexcept {
  const float inverse_count = 1.0F / static_cast<float>(c.columns);
  for (Index r = 0; r < c.rows; ++r) {
    const float* x = c.x + r * c.columns;
    const float squares = fold_run(
        x, c.columns, 0.0F, 0.0F, [](Vec v) { return v * v; }, [](Vec a, Vec b) { return a + b; });
    const float inverse = 1.0F / __builtin_sqrtf(squares * inverse_count + c.epsilon);
    normalise(c, x, c.y + r * c.columns, zero(), set1(inverse));
    if (c.inverse_std != nullptr) c.inverse_std[r] = inverse;
  }
}

void group_norm(const GroupNormCall& c, const float* x, float* y, const float* scale,
                const float* bias) noexcept {
  const Index count = c.channels * c.positions;
  const float inverse_count = 1.0F / static_cast<float>(count);
  const float mean = sum_run(x, count) * inverse_count;
  const Vec shift = set1(mean);
  const float squares = fold_run(
      x, count, 0.0F, mean, [=](Vec v) { return (v - shift) * (v - shift); },
      [](Vec a, Vec b) { return a + b; });
  const float inverse = 1.0F / __builtin_sqrtf(squares * inverse_count + c.epsilon);
  for (Index k = 0; k < c.channels; ++k, x += c.positions, y += c.positions) {
    const Vec factor = set1(inverse * scale[k]), addend = set1(bias[k]);
    for (Index i = 0; i < c.positions; i += kLanes) {
      const Index n = smaller<Index>(kLanes, c.positions - i);
      store_n(y + i, fma(load_n(x + i, n) - shift, factor, addend), n);
    }
  }
}

}  // namespace

extern const RowKernels kRowKernels;
const RowKernels kRowKernels{softmax, log_softmax, softmax_grad, layer_norm, rms_norm, group_norm};

}  // namespace tern::cpu::TERN_SIMD_NS

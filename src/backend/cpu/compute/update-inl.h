#include "backend/cpu/compute/update.h"

#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

// body(i, n) for vectors of n lanes at i; whole ones see n as a constant.
template <class Body>
TERN_SIMD_INLINE void for_each_vector(Index count, Body body) {
  Index i = 0;
  for (; i + kLanes <= count; i += kLanes) body(i, Index{kLanes});
  if (i < count) body(i, count - i);
}

TERN_SIMD_INLINE Vec read(const float* p, Index i, Index n) {
  return n == kLanes ? load(p + i) : load_n(p + i, n);
}
TERN_SIMD_INLINE void write(float* p, Index i, Vec v, Index n) {
  if (n == kLanes) return store(p + i, v);
  store_n(p + i, v, n);
}

template <bool kMomentum, bool kNesterov>
TERN_SIMD_INLINE void sgd_loop(const SgdCall& c) {
  const Vec rate = set1(-c.rate);
  const Vec momentum = set1(c.momentum);
  const Vec decay = set1(c.weight_decay);
  for_each_vector(
      c.count, [&](Index i, Index n) __attribute__((always_inline)) {
        const Vec w = read(c.w, i, n);
        const Vec g = fma(decay, w, read(c.g, i, n));
        Vec velocity = g;
        if constexpr (kMomentum) velocity = fma(momentum, read(c.m, i, n), g);
        const Vec step = kNesterov ? fma(momentum, velocity, g) : velocity;
        write(c.w_new, i, fma(rate, step, w), n);
        if (c.m_new != nullptr) write(c.m_new, i, velocity, n);
      });
}

void sgd(const SgdCall& c) noexcept {
  if (c.m == nullptr) return c.nesterov ? sgd_loop<false, true>(c) : sgd_loop<false, false>(c);
  return c.nesterov ? sgd_loop<true, true>(c) : sgd_loop<true, false>(c);
}

void adam(const AdamCall& c) noexcept {
  const Vec rate = set1(c.rate);
  const Vec root = set1(c.root);
  const Vec epsilon = set1(c.epsilon);
  const Vec beta1 = set1(c.beta1), rest1 = set1(c.rest1);
  const Vec beta2 = set1(c.beta2), rest2 = set1(c.rest2);
  const Vec decay = set1(c.weight_decay);
  const Vec keep = set1(c.keep);
  for_each_vector(
      c.count, [&](Index i, Index n) __attribute__((always_inline)) {
        const Vec w = read(c.w, i, n);
        const Vec g = fma(decay, w, read(c.g, i, n));
        const Vec m = fma(beta1, read(c.m, i, n), rest1 * g);
        const Vec v = fma(beta2, read(c.v, i, n), rest2 * (g * g));
        const Vec step = rate * m / fma(root, sqrt(v), epsilon);
        write(c.w_new, i, keep * w - step, n);
        if (c.m_new != nullptr) write(c.m_new, i, m, n);
        if (c.v_new != nullptr) write(c.v_new, i, v, n);
      });
}

}  // namespace

extern const UpdateKernels kUpdateKernels;
const UpdateKernels kUpdateKernels{sgd, adam};

}  // namespace tern::cpu::TERN_SIMD_NS

#include "backend/cpu/compute/batch_norm.h"

#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

// Rows whose statistics are taken at a time: they stay in the L1 cache between the two passes.
constexpr Index kBlock = 64;

// kVecs neighbouring vectors of channels, or the first n lanes of one.
template <int kVecs>
struct Channels {
  Index n;

  TERN_SIMD_INLINE Vec get(const Channels& c, const float* p, int j) {
    return kVecs == 1 ? load_n(p, c.n) : load(p + j * kLanes);
  }
  TERN_SIMD_INLINE void put(const Channels& c, float* p, int j, Vec v) {
    if (kVecs == 1) return store_n(p, v, c.n);
    store(p + j * kLanes, v);
  }
};

// body(channels, first) for all channels: four vectors at a time, then one.
template <class Body>
TERN_SIMD_INLINE void for_each_channels(Index channels, Body body) {
  constexpr int kVecs = 4;
  Index c = 0;
  for (; c + kVecs * kLanes <= channels; c += kVecs * kLanes) body(Channels<kVecs>{kLanes}, c);
  for (; c < channels; c += kLanes) body(Channels<1>{smaller<Index>(kLanes, channels - c)}, c);
}

template <int kVecs>
TERN_SIMD_INLINE void block_moments(Channels<kVecs> ch, const float* x, Index row, Index rows,
                                    float before, float* mean, float* squares) {
  using C = Channels<kVecs>;
  const auto count = static_cast<float>(rows);
  Vec first[kVecs];  // counted from here, values far from zero lose nothing in the sum
  Vec middle[kVecs];
  Vec spread[kVecs];
  TERN_UNROLL
  for (int j = 0; j < kVecs; ++j) {
    first[j] = C::get(ch, x, j);
    middle[j] = spread[j] = zero();
  }
  for (Index r = 1; r < rows; ++r) {
    TERN_UNROLL
    for (int j = 0; j < kVecs; ++j) middle[j] = middle[j] + (C::get(ch, x + r * row, j) - first[j]);
  }
  TERN_UNROLL
  for (int j = 0; j < kVecs; ++j) middle[j] = fma(middle[j], set1(1.0F / count), first[j]);
  for (Index r = 0; r < rows; ++r) {
    TERN_UNROLL
    for (int j = 0; j < kVecs; ++j) {
      const Vec d = C::get(ch, x + r * row, j) - middle[j];
      spread[j] = fma(d, d, spread[j]);
    }
  }
  const float share = count / (before + count);
  TERN_UNROLL
  for (int j = 0; j < kVecs; ++j) {
    const Vec old = C::get(ch, mean, j);
    const Vec delta = middle[j] - old;
    C::put(ch, mean, j, fma(delta, set1(share), old));
    const Vec both = fma(delta * delta, set1(before * share), spread[j]);
    C::put(ch, squares, j, C::get(ch, squares, j) + both);
  }
}

void moments(const float* x, Index rows, Index channels, float* mean, float* squares) noexcept {
  for (Index c = 0; c < channels; ++c) mean[c] = squares[c] = 0.0F;
  for (Index first = 0; first < rows; first += kBlock) {
    const Index count = smaller(kBlock, rows - first);
    for_each_channels(
        channels, [&](auto ch, Index c) __attribute__((always_inline)) {
          block_moments(ch, x + first * channels + c, channels, count, static_cast<float>(first),
                        mean + c, squares + c);
        });
  }
}

template <int kVecs>
TERN_SIMD_INLINE void block_sums(Channels<kVecs> ch, const float* dy, const float* x, Index row,
                                 Index rows, const float* mean, float* sum, float* product) {
  using C = Channels<kVecs>;
  Vec middle[kVecs];
  Vec sums[kVecs];
  Vec products[kVecs];
  TERN_UNROLL
  for (int j = 0; j < kVecs; ++j) {
    middle[j] = C::get(ch, mean, j);
    sums[j] = products[j] = zero();
  }
  for (Index r = 0; r < rows; ++r) {
    TERN_UNROLL
    for (int j = 0; j < kVecs; ++j) {
      const Vec d = C::get(ch, dy + r * row, j);
      sums[j] = sums[j] + d;
      products[j] = fma(d, C::get(ch, x + r * row, j) - middle[j], products[j]);
    }
  }
  TERN_UNROLL
  for (int j = 0; j < kVecs; ++j) {
    C::put(ch, sum, j, C::get(ch, sum, j) + sums[j]);
    C::put(ch, product, j, C::get(ch, product, j) + products[j]);
  }
}

void sums(const float* dy, const float* x, Index rows, Index channels, const float* mean,
          float* sum, float* product) noexcept {
  for (Index c = 0; c < channels; ++c) sum[c] = product[c] = 0.0F;
  for (Index first = 0; first < rows; first += kBlock) {
    const Index count = smaller(kBlock, rows - first);
    for_each_channels(
        channels, [&](auto ch, Index c) __attribute__((always_inline)) {
          const Index at = first * channels + c;
          block_sums(ch, dy + at, x + at, channels, count, mean + c, sum + c, product + c);
        });
  }
}

template <bool kResidual>
TERN_SIMD_INLINE void affine_rows(const ChannelAffineCall& call) {
  const ChannelAffineCall k = call;  // a copy, so that stores to y do not make it be read again
  const Vec lo = set1(k.lo);
  for (Index r = 0; r < k.rows; ++r) {
    const Index row = r * k.channels;
    for (Index c = 0; c < k.channels; c += kLanes) {
      const Index n = smaller<Index>(kLanes, k.channels - c);
      const Vec centred = load_n(k.x + row + c, n) - load_n(k.mean + c, n);
      Vec v = fma(centred, load_n(k.factor + c, n), load_n(k.bias + c, n));
      if (kResidual) v = v + load_n(k.residual + row + c, n);
      store_n(k.y + row + c, max(lo, v), n);
    }
  }
}

void affine(const ChannelAffineCall& call) noexcept {
  return call.residual != nullptr ? affine_rows<true>(call) : affine_rows<false>(call);
}

void combine(const float* dy, const float* x, Index rows, Index channels, const float* mean,
             const float* a, const float* b, const float* shift, float* dx) noexcept {
  for (Index r = 0; r < rows; ++r, dy += channels, x += channels, dx += channels) {
    for (Index c = 0; c < channels; c += kLanes) {
      const Index n = smaller<Index>(kLanes, channels - c);
      const Vec centred = load_n(x + c, n) - load_n(mean + c, n);
      const Vec rest = fma(load_n(b + c, n), centred, load_n(shift + c, n));
      store_n(dx + c, fma(load_n(a + c, n), load_n(dy + c, n), rest), n);
    }
  }
}

}  // namespace

extern const BatchNormKernels kBatchNormKernels;
const BatchNormKernels kBatchNormKernels{moments, affine, sums, combine};

}  // namespace tern::cpu::TERN_SIMD_NS

#include "backend/cpu/compute/n_bit.h"

#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

// n bytes (at most kLanes) as integers, zeros behind them.
TERN_SIMD_INLINE IVec widen(const std::uint8_t* p, Index n) {
#if defined(TERN_SIMD_AVX512)
  return (IVec)_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(first_lanes(n), p));
#elif defined(TERN_SIMD_AVX2)
  if (n == kLanes) {
    return (IVec)_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
  }
#endif
#if !defined(TERN_SIMD_AVX512)
  IVec v{};
  for (Index i = 0; i < n; ++i) v[i] = p[i];
  return v;
#endif
}

TERN_SIMD_INLINE Vec to_float(IVec v) {
#if defined(TERN_SIMD_AVX512)
  return _mm512_cvtepi32_ps((__m512i)v);
#elif defined(TERN_SIMD_AVX2)
  return _mm256_cvtepi32_ps((__m256i)v);
#else
  return __builtin_convertvector(v, Vec);
#endif
}

TERN_SIMD_INLINE float total(Vec v) {
  return fold(v, [](float p, float q) { return p + q; });
}

template <int kBits, int kRows>
void dot_column(const NBitDot& d, Index j) noexcept {
  constexpr int kStreams = 8 / kBits;
  constexpr std::int32_t kMask = (1 << kBits) - 1;
  const NBitWeights& w = *d.weights;
  const Index bytes = w.block_bytes();
  const Index k = w.filled_k();
  const std::uint8_t* q = w.numbers + j * w.blocks * bytes;
  const float* scales = w.scales + j * w.blocks;
  Vec sum[kRows];
  for (Vec& s : sum) s = zero();
  for (Index b = 0; b < w.blocks; ++b, q += bytes) {
    const float* a = d.a + b * w.block_size;
    Vec block[kRows];
    for (Vec& s : block) s = zero();
    for (Index i = 0; i < bytes; i += kLanes) {
      const Index n = smaller<Index>(kLanes, bytes - i);
      IVec packed = widen(q + i, n);
      TERN_UNROLL
      for (int s = 0; s < kStreams; ++s) {
        const Vec numbers = to_float(kStreams == 1 ? packed : packed & kMask);
        TERN_UNROLL
        for (int r = 0; r < kRows; ++r) {
          block[r] = fma(numbers, load_n(a + r * k + s * bytes + i, n), block[r]);
        }
        packed = packed >> kBits;
      }
    }
    const Vec scale = set1(scales[b]);
    TERN_UNROLL
    for (int r = 0; r < kRows; ++r) sum[r] = fma(scale, block[r], sum[r]);
  }
  // What the zero points take away is a product of its own, with the sums of A's blocks.
  const float* offsets = w.offsets != nullptr ? w.offsets + j * w.blocks : scales;
  const float factor = w.offsets != nullptr ? 1.0F : w.zero;
  for (int r = 0; r < kRows; ++r) {
    Vec taken = zero();
    for (Index b = 0; b < w.blocks; b += kLanes) {
      const Index n = smaller<Index>(kLanes, w.blocks - b);
      taken = fma(load_n(offsets + b, n), load_n(d.sums + r * w.blocks + b, n), taken);
    }
    const float bias = d.bias != nullptr ? d.bias[j] : 0.0F;
    d.c[r * w.n + j] = total(sum[r]) - factor * total(taken) + bias;
  }
}

template <int kBits>
void dot_columns(const NBitDot& d, Index begin, Index end) noexcept {
  for (Index j = begin; j < end; ++j) {
    switch (d.rows) {
      case 1: dot_column<kBits, 1>(d, j); break;
      case 2: dot_column<kBits, 2>(d, j); break;
      case 3: dot_column<kBits, 3>(d, j); break;
      default: dot_column<kBits, 4>(d, j); break;
    }
  }
}

void dot(const NBitDot& d, Index begin, Index end) noexcept {
  switch (d.weights->bits) {
    case 2: dot_columns<2>(d, begin, end); break;
    case 4: dot_columns<4>(d, begin, end); break;
    default: dot_columns<8>(d, begin, end); break;
  }
}

template <int kBits>
void unpack_columns(const NBitWeights& w, Index begin, Index end, float* out) noexcept {
  constexpr int kStreams = 8 / kBits;
  constexpr std::int32_t kMask = (1 << kBits) - 1;
  const Index bytes = w.block_bytes();
  for (Index block = begin * w.blocks; block < end * w.blocks; ++block, out += w.block_size) {
    const std::uint8_t* q = w.numbers + block * bytes;
    const Vec scale = set1(w.scales[block]);
    const Vec offset = set1(w.offsets != nullptr ? -w.offsets[block] : -w.zero * w.scales[block]);
    for (Index i = 0; i < bytes; i += kLanes) {
      const Index n = smaller<Index>(kLanes, bytes - i);
      IVec packed = widen(q + i, n);
      TERN_UNROLL
      for (int s = 0; s < kStreams; ++s) {
        const Vec numbers = to_float(kStreams == 1 ? packed : packed & kMask);
        store_n(out + s * bytes + i, fma(scale, numbers, offset), n);
        packed = packed >> kBits;
      }
    }
  }
}

void unpack(const NBitWeights& w, Index begin, Index end, float* out) noexcept {
  switch (w.bits) {
    case 2: unpack_columns<2>(w, begin, end, out); break;
    case 4: unpack_columns<4>(w, begin, end, out); break;
    default: unpack_columns<8>(w, begin, end, out); break;
  }
}

}  // namespace

extern const NBitKernels kNBitKernels;
const NBitKernels kNBitKernels{dot, unpack};

}  // namespace tern::cpu::TERN_SIMD_NS

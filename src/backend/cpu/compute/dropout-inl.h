#include "backend/cpu/compute/dropout.h"

#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

// As many 32-bit unsigned integers as Vec has floats, and half as many of 64 bits.
typedef std::uint32_t UVec __attribute__((vector_size(kLanes * 4)));
typedef std::uint64_t WideVec __attribute__((vector_size(kLanes * 4)));

// Products of the even lanes in 64 bits.
TERN_SIMD_INLINE WideVec multiply_even(WideVec a, WideVec b) {
#if defined(TERN_SIMD_AVX512)
  return (WideVec)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif defined(TERN_SIMD_AVX2)
  return (WideVec)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#else
  return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

struct HighLow {
  UVec high, low;
};

// The two halves of the 64-bit products, lane by lane.
TERN_SIMD_INLINE HighLow multiply(UVec a, std::uint32_t factor) {
  const WideVec b = WideVec{} + factor;
  const WideVec even = multiply_even((WideVec)a, b);
  const WideVec odd = multiply_even((WideVec)a >> 32, b);
  const WideVec low_mask = WideVec{} + 0xffffffffu;
  return {(UVec)((even >> 32) | (odd & ~low_mask)), (UVec)((even & low_mask) | (odd << 32))};
}

// Philox4x32-10 (base/random.h) for the blocks first, first + 1, ..., one per lane: word w of lane
// l is out[4 * l + w].
TERN_SIMD_INLINE void draw(std::uint64_t seed, std::uint64_t stream, std::uint64_t first,
                           std::uint32_t* out) {
  // Only the low half differs between lanes: chunks begin at multiples of kLanes blocks.
  UVec c0 = (UVec)lane_indices() + static_cast<std::uint32_t>(first);
  UVec c1 = UVec{} + static_cast<std::uint32_t>(first >> 32);
  UVec c2 = UVec{} + static_cast<std::uint32_t>(stream);
  UVec c3 = UVec{} + static_cast<std::uint32_t>(stream >> 32);
  auto k0 = static_cast<std::uint32_t>(seed);
  auto k1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const HighLow p0 = multiply(c0, 0xD2511F53u);
    const HighLow p1 = multiply(c2, 0xCD9E8D57u);
    c0 = p1.high ^ c1 ^ k0;
    c1 = p1.low;
    c2 = p0.high ^ c3 ^ k1;
    c3 = p0.low;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  for (int l = 0; l < kLanes; ++l) {
    out[4 * l] = c0[l];
    out[4 * l + 1] = c1[l];
    out[4 * l + 2] = c2[l];
    out[4 * l + 3] = c3[l];
  }
}

void forward(const DropoutCall& c) noexcept {
  constexpr Index kDrawn = 4 * kLanes;
  const Vec ratio = set1(c.ratio);
  const Vec scale = set1(c.scale);
  std::uint32_t words[kDrawn];
  for (Index i = 0; i < c.count; i += kDrawn) {
    draw(c.seed, c.stream, static_cast<std::uint64_t>(c.first + i) / 4, words);
    const Index end = smaller(c.count, i + kDrawn);
    for (Index k = i; k < end; k += kLanes) {
      const Index n = smaller<Index>(kLanes, end - k);
      UVec word;
      __builtin_memcpy(&word, words + (k - i), sizeof word);
      const Vec number = __builtin_convertvector((IVec)(word >> 8), Vec) * set1(0x1p-24F);
      const IVec kept = number >= ratio;
      if (c.y != nullptr) store_n(c.y + k, kept ? load_n(c.x + k, n) * scale : zero(), n);
      if (c.mask != nullptr) {
        for (Index l = 0; l < n; ++l) c.mask[k + l] = kept[static_cast<int>(l)] != 0;
      }
    }
  }
}

void backward(const float* dy, const bool* mask, float scale, Index count, float* dx) noexcept {
  for (Index i = 0; i < count; ++i) dx[i] = mask[i] ? dy[i] * scale : 0.0F;
}

}  // namespace

extern const DropoutKernels kDropoutKernels;
const DropoutKernels kDropoutKernels{forward, backward};

}  // namespace tern::cpu::TERN_SIMD_NS

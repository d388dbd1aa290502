#include "backend/cpu/compute/int8_depthwise.h"

#include "backend/cpu/compute/int8_sums-inl.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

// The channels of a tap, as the elements that words are made of, each in the low bits of a lane.
TERN_SIMD_INLINE IVec load_channels(const std::uint8_t* p, Index n, bool is_signed) {
  ByteVec bytes{};
  if (n == kLanes) {
    __builtin_memcpy(&bytes, p, sizeof bytes);
  } else {
    for (Index i = 0; i < n; ++i) bytes[i] = p[i];
  }
#if defined(TERN_SIMD_AVX512_VNNI)
  const IVec wide = (IVec)_mm512_cvtepu8_epi32((__m128i)bytes);
  return is_signed ? wide ^ 128 : wide;
#else
  const IVec wide = __builtin_convertvector(bytes, IVec);
  return is_signed ? (wide ^ 128) - 128 : wide;
#endif
}

// The words of kLanes channels, `offset` bytes behind where the taps point.
TERN_SIMD_INLINE IVec load_word(const std::uint8_t* const* taps, Index offset, Index n,
                                bool is_signed) {
  const auto at = [&](int t) __attribute__((always_inline)) {
    return load_channels(taps[t] + offset, n, is_signed);
  };
#if defined(TERN_SIMD_AVX512_VNNI)
  return at(0) | at(1) << 8 | at(2) << 16 | at(3) << 24;
#else
  return (at(0) & 0xffff) | at(1) << 16;
#endif
}

// The packed words of kLanes channels that begin at `channel`, and the bytes to their next words.
struct Column {
  const std::byte* words;
  Index step;
};
TERN_SIMD_INLINE Column column_at(const Int8DepthwisePixels& p, Index channel) {
  const Index panel = channel / kPanel * kPanel;
  const Index width = p.channels - panel > kLanes ? kPanel : kLanes;
  return {p.packed + (panel * p.words + channel - panel) * 4, width * 4};
}

template <bool kSigned>
void compute_any(const Int8DepthwisePixels& p) noexcept {
  const Index y_bytes = p.finish.output == SumOutput::kByte ? 1 : 4;
  Int8Strip strip;
  strip.finish = p.finish;
  Sums sums;
  for (Index i = 0; i < p.count; ++i) {
    strip.c = static_cast<std::byte*>(p.y) + i * p.y_pixel * y_bytes;
    for (Index c = 0; c < p.channels; c += kLanes) {
      const Index n = smaller<Index>(kLanes, p.channels - c);
      const Column column = column_at(p, c);
      IVec sum = load_words(p.finish.start + c);
      for (Index w = 0; w < p.words; ++w) {
        const IVec x = load_word(p.taps + w * kProducts, i * p.step + c, n, kSigned);
        dot_into(sum, x, load_words(column.words + w * column.step));
      }
      store_words(&sums.rows[0][0], sum);
      store_finished(strip, sums, 1, c, n);
    }
  }
}

#if defined(TERN_SIMD_AVX512_VNNI)

// 64 channels at a time. Interleaving the bytes of four taps gives words in another order of
// channels: vector j has, in its quarter l, channels 16 l + 4 j and the three after it. Weights,
// starts and factors are put into that order once for all outputs; packing the four vectors of
// results into bytes restores the channels' own.
constexpr Index kBlock = 64;

struct Four {
  __m512i v[4];
};

// From channels in order to the order of interleaved words, or back: quarters are transposed.
TERN_SIMD_INLINE Four transpose_quarters(const Four& a) {
  const __m512i low01 = _mm512_shuffle_i32x4(a.v[0], a.v[1], 0x44);
  const __m512i high01 = _mm512_shuffle_i32x4(a.v[0], a.v[1], 0xee);
  const __m512i low23 = _mm512_shuffle_i32x4(a.v[2], a.v[3], 0x44);
  const __m512i high23 = _mm512_shuffle_i32x4(a.v[2], a.v[3], 0xee);
  return {{_mm512_shuffle_i32x4(low01, low23, 0x88), _mm512_shuffle_i32x4(low01, low23, 0xdd),
           _mm512_shuffle_i32x4(high01, high23, 0x88), _mm512_shuffle_i32x4(high01, high23, 0xdd)}};
}

// Vectors beyond the last channel are zero.
template <class Address>
TERN_SIMD_INLINE Four load_four(Index channels, Address address) {
  Four four;
  TERN_UNROLL
  for (int j = 0; j < 4; ++j) {
    four.v[j] =
        j * kLanes < channels ? _mm512_loadu_si512(address(j * kLanes)) : _mm512_setzero_si512();
  }
  return transpose_quarters(four);
}

template <bool kSigned>
TERN_SIMD_INLINE __m512i load_block(const std::uint8_t* p, __mmask64 mask) {
  const __m512i x = _mm512_maskz_loadu_epi8(mask, p);
  return kSigned ? _mm512_xor_si512(x, _mm512_set1_epi8(-128)) : x;
}

// Adds the products of the first kTaps taps of a word; the others have no weights.
template <bool kSigned, int kTaps>
TERN_SIMD_INLINE void add_word(const std::uint8_t* const* taps, Index offset, __mmask64 mask,
                               const Four& weights, Four& sums) {
  __m512i x[4];
  TERN_UNROLL
  for (int t = 0; t < 4; ++t) {
    x[t] = t < kTaps ? load_block<kSigned>(taps[t] + offset, mask) : _mm512_setzero_si512();
  }
  const __m512i low01 = _mm512_unpacklo_epi8(x[0], x[1]);
  const __m512i high01 = _mm512_unpackhi_epi8(x[0], x[1]);
  const __m512i low23 = kTaps > 2 ? _mm512_unpacklo_epi8(x[2], x[3]) : x[3];
  const __m512i high23 = kTaps > 2 ? _mm512_unpackhi_epi8(x[2], x[3]) : x[3];
  sums.v[0] = _mm512_dpbusd_epi32(sums.v[0], _mm512_unpacklo_epi16(low01, low23), weights.v[0]);
  sums.v[1] = _mm512_dpbusd_epi32(sums.v[1], _mm512_unpackhi_epi16(low01, low23), weights.v[1]);
  sums.v[2] = _mm512_dpbusd_epi32(sums.v[2], _mm512_unpacklo_epi16(high01, high23), weights.v[2]);
  sums.v[3] = _mm512_dpbusd_epi32(sums.v[3], _mm512_unpackhi_epi16(high01, high23), weights.v[3]);
}

// Windows whose weights are kept in the order of interleaved words: up to 7 x 7.
constexpr int kMostWords = 13;

// kNine: a window of nine taps in one layer, all weights in registers.
template <bool kSigned, bool kNine>
void compute_blocks(const Int8DepthwisePixels& p) noexcept {
  const SumFinish& f = p.finish;
  const bool signed_y = f.lo < 0;
  const Vec lo = set1(static_cast<float>(f.lo - f.zero));
  const Vec hi = set1(static_cast<float>(f.hi - f.zero));
  const __m512i zero_point = _mm512_set1_epi32(f.zero);
  const Index words = kNine ? 3 : p.words;
  for (Index c = 0; c < p.channels; c += kBlock) {
    const Index channels = smaller(kBlock, p.channels - c);
    const __mmask64 mask = channels == kBlock ? ~__mmask64{0} : (__mmask64{1} << channels) - 1;
    Four weights[kNine ? 3 : kMostWords];
    for (Index w = 0; w < words; ++w) {
      weights[w] = load_four(
          channels, [&](Index j) __attribute__((always_inline)) {
            const Column column = column_at(p, c + j);
            return column.words + w * column.step;
          });
    }
    const Four start = load_four(channels, [&](Index j) { return f.start + c + j; });
    const Four factor = load_four(channels, [&](Index j) { return f.factor + c + j; });
    auto* y = static_cast<std::uint8_t*>(p.y) + c;
    Index offset = c;
    for (Index i = 0; i < p.count; ++i, y += p.y_pixel, offset += p.step) {
      Four sums = start;
      if constexpr (kNine) {
        add_word<kSigned, 4>(p.taps, offset, mask, weights[0], sums);
        add_word<kSigned, 4>(p.taps + 4, offset, mask, weights[1], sums);
        add_word<kSigned, 1>(p.taps + 8, offset, mask, weights[2], sums);
      } else {
        for (Index w = 0; w < words; ++w) {
          add_word<kSigned, 4>(p.taps + w * kProducts, offset, mask, weights[w], sums);
        }
      }
      __m512i rounded[4];
      TERN_UNROLL
      for (int j = 0; j < 4; ++j) {
        const Vec scaled = to_float((IVec)sums.v[j]) * (Vec)factor.v[j];
        rounded[j] = _mm512_add_epi32(_mm512_cvtps_epi32(min(max(scaled, lo), hi)), zero_point);
      }
      const __m512i low = _mm512_packs_epi32(rounded[0], rounded[1]);
      const __m512i high = _mm512_packs_epi32(rounded[2], rounded[3]);
      const __m512i bytes =
          signed_y ? _mm512_packs_epi16(low, high) : _mm512_packus_epi16(low, high);
      _mm512_mask_storeu_epi8(y, mask, bytes);
    }
  }
}

#endif

template <bool kSigned>
void compute(const Int8DepthwisePixels& p) noexcept {
#if defined(TERN_SIMD_AVX512_VNNI)
  if (p.finish.output == SumOutput::kByte && p.words <= kMostWords) {
    const bool nine = p.used_taps == 9 && p.words == 3;
    return nine ? compute_blocks<kSigned, true>(p) : compute_blocks<kSigned, false>(p);
  }
#endif
  compute_any<kSigned>(p);
}

void pixels(const Int8DepthwisePixels& p) noexcept {
  p.is_signed ? compute<true>(p) : compute<false>(p);
}

}  // namespace

extern const Int8DepthwiseKernels kInt8DepthwiseKernels;
const Int8DepthwiseKernels kInt8DepthwiseKernels{pixels};

}  // namespace tern::cpu::TERN_SIMD_NS

#include "backend/cpu/compute/quantize.h"

#include "backend/cpu/compute/int8_sums-inl.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

TERN_SIMD_INLINE ByteVec load_bytes(const std::uint8_t* p, Index n) {
  ByteVec v{};
  if (n == kLanes) {
    __builtin_memcpy(&v, p, sizeof v);
  } else {
    for (Index i = 0; i < n; ++i) v[i] = p[i];
  }
  return v;
}

TERN_SIMD_INLINE IVec widen(ByteVec v, bool is_signed) {
#if defined(TERN_SIMD_AVX512)
  return is_signed ? (IVec)_mm512_cvtepi8_epi32((__m128i)v)
                   : (IVec)_mm512_cvtepu8_epi32((__m128i)v);
#elif defined(TERN_SIMD_AVX2)
  const __m128i low = _mm_cvtsi64_si128((long long)v);
  return is_signed ? (IVec)_mm256_cvtepi8_epi32(low) : (IVec)_mm256_cvtepu8_epi32(low);
#else
  const IVec wide = __builtin_convertvector(v, IVec);
  return is_signed ? (wide ^ 128) - 128 : wide;
#endif
}

// A product that may not be contracted with the sum that follows.
TERN_SIMD_INLINE Vec rounded(Vec v) {
#if defined(__FMA__)
  asm("" : "+v"(v));
#elif defined(__aarch64__)
  asm("" : "+w"(v));
#endif
  return v;
}

struct Limits {
  Vec lo, hi;
  ByteVec zero;
};
TERN_SIMD_INLINE Limits limits(std::int32_t lo, std::int32_t hi, std::int32_t zero) {
  return {set1(static_cast<float>(lo - zero)), set1(static_cast<float>(hi - zero)),
          ByteVec{} + static_cast<std::uint8_t>(zero)};
}
// The low bits of the sum with 1.5 * 2^23 hold the nearest integer.
TERN_SIMD_INLINE ByteVec to_bytes(Vec v, const Limits& l) {
  return low_bytes(bits_of(min(max(v, l.lo), l.hi) + set1(12582912.0F))) + l.zero;
}

template <class Body>
TERN_SIMD_INLINE void for_vectors(Index count, Body body) {
  Index i = 0;
  for (; i + kLanes <= count; i += kLanes) body(i, Index{kLanes});
  if (i < count) body(i, count - i);
}

void quantize(const float* x, std::uint8_t* y, Index count, const ByteScale& to) noexcept {
  const Limits l = to.is_signed ? limits(-128, 127, to.zero) : limits(0, 255, to.zero);
  const Vec scale = set1(to.scale);
  for_vectors(
      count, [&](Index i, Index n) __attribute__((always_inline)) {
        const Vec v = load_n(x + i, n) / scale;
        store_bytes(y + i, to_bytes(v == v ? v : zero(), l), n);
      });
}

template <bool kSigned>
TERN_SIMD_INLINE void dequantize_as(const std::uint8_t* x, float* y, Index count,
                                    const ByteScale& from) {
  const Vec scale = set1(from.scale);
  const IVec zero_point = iset1(from.zero);
  for_vectors(
      count, [&](Index i, Index n) __attribute__((always_inline)) {
        store_n(y + i, to_float(widen(load_bytes(x + i, n), kSigned) - zero_point) * scale, n);
      });
}
void dequantize(const std::uint8_t* x, float* y, Index count, const ByteScale& from) noexcept {
  from.is_signed ? dequantize_as<true>(x, y, count, from) : dequantize_as<false>(x, y, count, from);
}

FloatRange range(const float* x, Index count, FloatRange known) noexcept {
  constexpr int kChains = 4;
  Vec low[kChains], high[kChains];
  for (int c = 0; c < kChains; ++c) {
    low[c] = set1(known.low);
    high[c] = set1(known.high);
  }
  Index i = 0;
  for (; i + kChains * kLanes <= count; i += kChains * kLanes) {
    TERN_UNROLL
    for (int c = 0; c < kChains; ++c) {
      const Vec v = load(x + i + c * kLanes);
      low[c] = min(v, low[c]);
      high[c] = max(v, high[c]);
    }
  }
  for (; i < count; i += kLanes) {
    const Index n = smaller<Index>(kLanes, count - i);
    low[0] = min(load_n_or(x + i, n, low[0]), low[0]);
    high[0] = max(load_n_or(x + i, n, high[0]), high[0]);
  }
  for (int c = 1; c < kChains; ++c) {
    low[0] = min(low[c], low[0]);
    high[0] = max(high[c], high[0]);
  }
  return {fold(low[0], [](float a, float b) { return smaller(a, b); }),
          fold(high[0], [](float a, float b) { return larger(a, b); })};
}

// The results in steps of y that `body` makes of two vectors of numbers less their zero points.
template <bool kASigned, bool kBSigned, class Body>
TERN_SIMD_INLINE void combine_as(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* y,
                                 Index count, const ByteArithmetic& s, Body body) {
  const Limits l = limits(s.lo, s.hi, s.y_zero);
  const IVec a_zero = iset1(s.a.zero);
  const IVec b_zero = iset1(s.b.zero);
  for_vectors(
      count, [&](Index i, Index n) __attribute__((always_inline)) {
        const Vec steps = body(to_float(widen(load_bytes(a + i, n), kASigned) - a_zero),
                               to_float(widen(load_bytes(b + i, n), kBSigned) - b_zero));
        store_bytes(y + i, to_bytes(steps == steps ? steps : zero(), l), n);
      });
}
template <class Body>
TERN_SIMD_INLINE void combine(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* y,
                              Index count, const ByteArithmetic& s, Body body) {
  if (s.a.is_signed) {
    s.b.is_signed ? combine_as<true, true>(a, b, y, count, s, body)
                  : combine_as<true, false>(a, b, y, count, s, body);
  } else {
    s.b.is_signed ? combine_as<false, true>(a, b, y, count, s, body)
                  : combine_as<false, false>(a, b, y, count, s, body);
  }
}

void add(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* y, Index count,
         const ByteArithmetic& s) noexcept {
  const Vec a_factor = set1(s.a.scale / s.y_scale);
  const Vec b_factor = set1(s.b.scale / s.y_scale);
  combine(
      a, b, y, count, s, [&](Vec u, Vec v) __attribute__((always_inline)) {
        return rounded(u * a_factor) + rounded(v * b_factor);
      });
}

void multiply(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* y, Index count,
              const ByteArithmetic& s) noexcept {
  const Vec factor = set1(s.a.scale * s.b.scale / s.y_scale);
  combine(
      a, b, y, count,
      s, [&](Vec u, Vec v) __attribute__((always_inline)) { return u * v * factor; });
}

void max_into(const std::uint8_t* x, std::uint8_t* y, Index count, bool is_signed) noexcept {
  if (is_signed) {
    for (Index i = 0; i < count; ++i) {
      const auto a = static_cast<std::int8_t>(x[i]);
      const auto b = static_cast<std::int8_t>(y[i]);
      y[i] = static_cast<std::uint8_t>(a > b ? a : b);
    }
  } else {
    for (Index i = 0; i < count; ++i) y[i] = x[i] > y[i] ? x[i] : y[i];
  }
}

}  // namespace

extern const QuantizeKernels kQuantizeKernels;
const QuantizeKernels kQuantizeKernels{quantize, dequantize, range, add, multiply, max_into};

}  // namespace tern::cpu::TERN_SIMD_NS

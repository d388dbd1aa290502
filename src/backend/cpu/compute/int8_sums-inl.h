// Words of products and what becomes of sums, for the kernels of bytes.
#pragma once

#include "backend/cpu/compute/activation-inl.h"
#include "backend/cpu/compute/int8_tile.h"
#include "backend/cpu/compute/simd.h"

#if defined(TERN_SIMD_BASELINE) && defined(__SSE2__)
#include <immintrin.h>
#endif

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

constexpr int kPanelVecs = 2;
#if defined(TERN_SIMD_AVX512)
constexpr int kMaxRows = 14;
#else
constexpr int kMaxRows = 6;
#endif
constexpr int kPanel = kPanelVecs * kLanes;

// sum += the products of a word, lane by lane.
#if defined(TERN_SIMD_AVX512_VNNI)
constexpr int kProducts = 4;
TERN_SIMD_INLINE void dot_into(IVec& sum, IVec a, IVec b) {
#if defined(__GNUC__) && !defined(__clang__)
  // As in fma_into: the accumulators stay where they are.
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
#else
  sum = (IVec)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
#endif
}
#else
constexpr int kProducts = 2;
TERN_SIMD_INLINE void dot_into(IVec& sum, IVec a, IVec b) {
#if defined(TERN_SIMD_AVX512)
  sum += (IVec)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif defined(TERN_SIMD_AVX2)
  sum += (IVec)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
  sum += (IVec)_mm_madd_epi16((__m128i)a, (__m128i)b);
#else
  sum += (a << 16 >> 16) * (b << 16 >> 16) + (a >> 16) * (b >> 16);
#endif
}
#endif

TERN_SIMD_INLINE IVec load_words(const void* p) {
  IVec v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
TERN_SIMD_INLINE void store_words(void* p, IVec v) { __builtin_memcpy(p, &v, sizeof v); }
TERN_SIMD_INLINE IVec broadcast_word(const std::byte* p) {
  std::int32_t word;
  __builtin_memcpy(&word, p, sizeof word);
#if defined(TERN_SIMD_AVX512)
  return (IVec)_mm512_set1_epi32(word);
#else
  return iset1(word);
#endif
}
TERN_SIMD_INLINE Vec to_float(IVec v) { return __builtin_convertvector(v, Vec); }

// The low bytes of all lanes.
typedef std::uint8_t ByteVec __attribute__((vector_size(kLanes)));
TERN_SIMD_INLINE ByteVec low_bytes(IVec v) {
#if defined(TERN_SIMD_AVX512)
  return (ByteVec)_mm512_cvtepi32_epi8((__m512i)v);
#else
  return __builtin_convertvector(v & 255, ByteVec);
#endif
}
TERN_SIMD_INLINE void store_bytes(std::uint8_t* p, ByteVec v, Index n) {
  if (n == kLanes) {
    __builtin_memcpy(p, &v, sizeof v);
    return;
  }
  for (Index i = 0; i < n; ++i) p[i] = v[i];
}

// Sums of a tile on their way from registers to the finish, which is written once for all tiles.
struct Sums {
  alignas(64) std::int32_t rows[kMaxRows][kPanel];
};

// The finishes store `count` (at most kPanel) columns that begin at `column`.
void store_sums(const Int8Strip& s, const Sums& sums, int rows, Index column,
                Index count) noexcept {
  auto* c = static_cast<std::int32_t*>(s.c) + column;
  for (int i = 0; i < rows; ++i, c += s.c_row) {
    __builtin_memcpy(c, sums.rows[i], static_cast<std::size_t>(count) * sizeof(std::int32_t));
  }
}

void store_floats(const Int8Strip& s, const Sums& sums, int rows, Index column,
                  Index count) noexcept {
  const Epilogue& e = s.finish.epilogue;
  const bool in_registers = fits_registers(e);
  const Vec lo = set1(in_registers ? e.lo : -kInfinity);
  const Vec hi = set1(in_registers ? e.hi : kInfinity);
  const float* residual = e.residual_last || s.residual == nullptr ? nullptr : s.residual + column;
  for (Index j = 0; j < count; j += kLanes) {
    const Index n = smaller<Index>(kLanes, count - j);
    const Vec factor = load(s.finish.factor + column + j);
    const Vec add = s.finish.add != nullptr ? load_n(s.finish.add + column + j, n) : zero();
    float* c = static_cast<float*>(s.c) + column + j;
    for (int i = 0; i < rows; ++i, c += s.c_row) {
      Vec y = fma(to_float(load_words(&sums.rows[i][j])), factor, add);
      if (residual != nullptr) y = y + load_n(residual + i * s.residual_row + j, n);
      store_n(c, clip(y, lo, hi), n);
    }
  }
}

void store_quantized(const Int8Strip& s, const Sums& sums, int rows, Index column,
                     Index count) noexcept {
  const SumFinish& f = s.finish;
  // Limits are whole numbers, so that limiting before rounding gives the same.
  const Vec lo = set1(static_cast<float>(f.lo - f.zero));
  const Vec hi = set1(static_cast<float>(f.hi - f.zero));
  const ByteVec zero_point = ByteVec{} + static_cast<std::uint8_t>(f.zero);
  for (Index j = 0; j < count; j += kLanes) {
    const Index n = smaller<Index>(kLanes, count - j);
    const Vec factor = load(f.factor + column + j);
    auto* c = static_cast<std::uint8_t*>(s.c) + column + j;
    for (int i = 0; i < rows; ++i, c += s.c_row) {
      const Vec y = to_float(load_words(&sums.rows[i][j])) * factor;
      // The low bits of the sum with 1.5 * 2^23 hold the nearest integer.
      const IVec rounded = bits_of(min(max(y, lo), hi) + set1(12582912.0F));
      store_bytes(c, low_bytes(rounded) + zero_point, n);
    }
  }
}

#if defined(TERN_SIMD_AVX512)

// store_quantized from registers, two rows at a time: packing leaves their words of four bytes
// interleaved, which one permutation puts right.
template <int kRows, int kVecs, bool kSigned>
TERN_SIMD_INLINE void store_tile_as(const Int8Strip& s, const IVec (&sum)[kRows][kVecs],
                                    Index column, Index count) {
  const SumFinish& f = s.finish;
  const Vec hi = set1(static_cast<float>(f.hi - f.zero));
  const __m512i lo = _mm512_set1_epi8(static_cast<char>(f.lo));
  const __m512i zero_point = _mm512_set1_epi16(static_cast<short>(f.zero));
  const __m512i order =
      kVecs == 2 ? _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)
                 : _mm512_setr_epi32(0, 4, 8, 12, 0, 4, 8, 12, 1, 5, 9, 13, 1, 5, 9, 13);
  Vec factor[kVecs];
  TERN_UNROLL
  for (int j = 0; j < kVecs; ++j) factor[j] = load(f.factor + column + j * kLanes);
  // Beyond 32 bits only towards minus infinity, where the conversion gives the least number.
  const auto quantized = [&](int i, int j) __attribute__((always_inline)) {
    return _mm512_cvtps_epi32(min(to_float(sum[i][j]) * factor[j], hi));
  };
  const auto mask = static_cast<__mmask32>((std::uint64_t{1} << count) - 1);
  auto* c = static_cast<std::uint8_t*>(s.c) + column;
  TERN_UNROLL
  for (int i = 0; i < kRows; i += 2, c += 2 * s.c_row) {
    const int next = i + 1 < kRows ? i + 1 : i;
    __m512i words[2];
    if constexpr (kVecs == 2) {
      words[0] = _mm512_packs_epi32(quantized(i, 0), quantized(i, 1));
      words[1] = _mm512_packs_epi32(quantized(next, 0), quantized(next, 1));
    } else {
      words[0] = _mm512_packs_epi32(quantized(i, 0), quantized(next, 0));
      words[1] = words[0];
    }
    words[0] = _mm512_adds_epi16(words[0], zero_point);
    words[1] = _mm512_adds_epi16(words[1], zero_point);
    __m512i bytes =
        kSigned ? _mm512_packs_epi16(words[0], words[1]) : _mm512_packus_epi16(words[0], words[1]);
    bytes = kSigned ? _mm512_max_epi8(bytes, lo) : _mm512_max_epu8(bytes, lo);
    bytes = _mm512_permutexvar_epi32(order, bytes);
    _mm256_mask_storeu_epi8(c, mask, _mm512_castsi512_si256(bytes));
    if (i + 1 < kRows) {
      _mm256_mask_storeu_epi8(c + s.c_row, mask, _mm512_extracti64x4_epi64(bytes, 1));
    }
  }
}

template <int kRows, int kVecs>
TERN_SIMD_INLINE void store_tile(const Int8Strip& s, const IVec (&sum)[kRows][kVecs], Index column,
                                 Index count) {
  s.finish.lo < 0 ? store_tile_as<kRows, kVecs, true>(s, sum, column, count)
                  : store_tile_as<kRows, kVecs, false>(s, sum, column, count);
}

#endif

void store_finished(const Int8Strip& s, const Sums& sums, int rows, Index column,
                    Index count) noexcept {
  switch (s.finish.output) {
    case SumOutput::kI32: return store_sums(s, sums, rows, column, count);
    case SumOutput::kF32: return store_floats(s, sums, rows, column, count);
    case SumOutput::kByte: return store_quantized(s, sums, rows, column, count);
  }
}

}  // namespace
}  // namespace tern::cpu::TERN_SIMD_NS

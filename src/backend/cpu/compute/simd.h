// The vector type kernels are written in, one meaning per instruction set.
//
// Included only by <name>-inl.h files. Such a file is compiled once per Isa, each time with one of
// TERN_SIMD_BASELINE, TERN_SIMD_AVX2, TERN_SIMD_AVX512 defined and the matching compiler flags
// (CMakeLists.txt: tern_simd_sources). Everything it defines stands in the namespace TERN_SIMD_NS.
// The families of whole numbers are compiled once more with TERN_SIMD_AVX512_VNNI, which implies
// TERN_SIMD_AVX512.
//
// Rule for those files: no inline function or template of another namespace may end up emitted from
// them (std::min, std::vector, ...). The linker keeps one copy of such a function for the whole
// program, and that copy might be the one compiled for AVX-512. Use the functions below instead.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(TERN_SIMD_AVX512_VNNI)
#include <immintrin.h>
#define TERN_SIMD_AVX512
#define TERN_SIMD_NS avx512_vnni
#elif defined(TERN_SIMD_AVX512)
#include <immintrin.h>
#define TERN_SIMD_NS avx512
#elif defined(TERN_SIMD_AVX2)
#include <immintrin.h>
#define TERN_SIMD_NS avx2
#elif defined(TERN_SIMD_BASELINE)
#define TERN_SIMD_NS baseline
#else
#error "simd.h is for files compiled through tern_simd_sources()"
#endif

#define TERN_SIMD_INLINE static inline __attribute__((always_inline))

// Register tiles are arrays of Vec; they stay in registers only when every loop over them unrolls.
#if defined(__clang__)
#define TERN_UNROLL _Pragma("unroll")
#else
#define TERN_UNROLL _Pragma("GCC unroll 32")
#endif

namespace tern::cpu::TERN_SIMD_NS {

template <class T>
TERN_SIMD_INLINE constexpr T smaller(T a, T b) {
  return b < a ? b : a;
}
template <class T>
TERN_SIMD_INLINE constexpr T larger(T a, T b) {
  return a < b ? b : a;
}

// Vec: kLanes floats; + - * / work lane by lane. load_n and store_n touch the first n lanes only
// (0 <= n <= kLanes) and load_n fills the others with zero. min(a, b) and max(a, b) return b where
// a or b is NaN, so that max(limit, x) keeps a NaN in x.

#if defined(TERN_SIMD_AVX512)

inline constexpr int kLanes = 16;
using Vec = __m512;

TERN_SIMD_INLINE __mmask16 first_lanes(std::int64_t n) {
  return static_cast<__mmask16>((1u << n) - 1u);
}
TERN_SIMD_INLINE Vec zero() { return _mm512_setzero_ps(); }
TERN_SIMD_INLINE Vec set1(float x) { return _mm512_set1_ps(x); }
TERN_SIMD_INLINE Vec load(const float* p) { return _mm512_loadu_ps(p); }
TERN_SIMD_INLINE void store(float* p, Vec v) { _mm512_storeu_ps(p, v); }
TERN_SIMD_INLINE Vec load_n(const float* p, std::int64_t n) {
  return _mm512_maskz_loadu_ps(first_lanes(n), p);
}
TERN_SIMD_INLINE void store_n(float* p, Vec v, std::int64_t n) {
  _mm512_mask_storeu_ps(p, first_lanes(n), v);
}
TERN_SIMD_INLINE Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
TERN_SIMD_INLINE Vec min(Vec a, Vec b) { return _mm512_min_ps(a, b); }
TERN_SIMD_INLINE Vec max(Vec a, Vec b) { return _mm512_max_ps(a, b); }
TERN_SIMD_INLINE Vec sqrt(Vec v) { return _mm512_sqrt_ps(v); }
TERN_SIMD_INLINE Vec floor(Vec v) {
  return _mm512_roundscale_ps(v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
}
TERN_SIMD_INLINE Vec ceil(Vec v) {
  return _mm512_roundscale_ps(v, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
}
TERN_SIMD_INLINE Vec round_even(Vec v) {
  return _mm512_roundscale_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

#elif defined(TERN_SIMD_AVX2)

inline constexpr int kLanes = 8;
using Vec = __m256;

alignas(32) inline constexpr std::int32_t kLaneMasks[16] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                            0,  0,  0,  0,  0,  0,  0,  0};
TERN_SIMD_INLINE __m256i first_lanes(std::int64_t n) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kLaneMasks + 8 - n));
}
TERN_SIMD_INLINE Vec zero() { return _mm256_setzero_ps(); }
TERN_SIMD_INLINE Vec set1(float x) { return _mm256_set1_ps(x); }
TERN_SIMD_INLINE Vec load(const float* p) { return _mm256_loadu_ps(p); }
TERN_SIMD_INLINE void store(float* p, Vec v) { _mm256_storeu_ps(p, v); }
TERN_SIMD_INLINE Vec load_n(const float* p, std::int64_t n) {
  return _mm256_maskload_ps(p, first_lanes(n));
}
TERN_SIMD_INLINE void store_n(float* p, Vec v, std::int64_t n) {
  _mm256_maskstore_ps(p, first_lanes(n), v);
}
TERN_SIMD_INLINE Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
TERN_SIMD_INLINE Vec min(Vec a, Vec b) { return _mm256_min_ps(a, b); }
TERN_SIMD_INLINE Vec max(Vec a, Vec b) { return _mm256_max_ps(a, b); }
TERN_SIMD_INLINE Vec sqrt(Vec v) { return _mm256_sqrt_ps(v); }
TERN_SIMD_INLINE Vec floor(Vec v) { return _mm256_floor_ps(v); }
TERN_SIMD_INLINE Vec ceil(Vec v) { return _mm256_ceil_ps(v); }
TERN_SIMD_INLINE Vec round_even(Vec v) {
  return _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

#else

// The compiler's own vectors, so that one source serves SSE2, NEON and anything else.
inline constexpr int kLanes = 4;
typedef float Vec __attribute__((vector_size(16)));

TERN_SIMD_INLINE Vec zero() { return Vec{}; }
TERN_SIMD_INLINE Vec set1(float x) { return Vec{x, x, x, x}; }
TERN_SIMD_INLINE Vec load(const float* p) {
  Vec v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
TERN_SIMD_INLINE void store(float* p, Vec v) { __builtin_memcpy(p, &v, sizeof v); }
TERN_SIMD_INLINE Vec load_n(const float* p, std::int64_t n) {
  if (n == kLanes) return load(p);
  Vec v{};
  for (std::int64_t i = 0; i < n; ++i) v[i] = p[i];
  return v;
}
TERN_SIMD_INLINE void store_n(float* p, Vec v, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) p[i] = v[i];
}
// One rounding or two, as the target has it: AArch64 contracts, SSE2 cannot.
TERN_SIMD_INLINE Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }
TERN_SIMD_INLINE Vec min(Vec a, Vec b) { return a < b ? a : b; }
TERN_SIMD_INLINE Vec max(Vec a, Vec b) { return a > b ? a : b; }
TERN_SIMD_INLINE Vec sqrt(Vec v) {
  for (int i = 0; i < kLanes; ++i) v[i] = __builtin_sqrtf(v[i]);
  return v;
}
TERN_SIMD_INLINE Vec floor(Vec v) {
  for (int i = 0; i < kLanes; ++i) v[i] = __builtin_floorf(v[i]);
  return v;
}
TERN_SIMD_INLINE Vec ceil(Vec v) {
  for (int i = 0; i < kLanes; ++i) v[i] = __builtin_ceilf(v[i]);
  return v;
}
TERN_SIMD_INLINE Vec round_even(Vec v) {
  for (int i = 0; i < kLanes; ++i) v[i] = __builtin_rintf(v[i]);
  return v;
}

#endif

TERN_SIMD_INLINE void prefetch(const float* p) { __builtin_prefetch(p, 0, 3); }
TERN_SIMD_INLINE void prefetch_write(float* p) { __builtin_prefetch(p, 1, 3); }
TERN_SIMD_INLINE void prefetch_l2(const float* p) { __builtin_prefetch(p, 0, 2); }

// sum += a * b, in place. GCC 12 otherwise rotates the accumulators of a large tile through other
// registers and spills some of them, which costs a tenth of the speed.
TERN_SIMD_INLINE void fma_into(Vec& sum, Vec a, Vec b) {
#if defined(__GNUC__) && !defined(__clang__) && defined(__FMA__)
  asm("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
#else
  sum = fma(a, b, sum);
#endif
}

// The compiler forgets where `p` came from: it keeps one register for it instead of deriving dozens
// of addresses ahead of a loop and spilling them.
template <class T>
TERN_SIMD_INLINE void opaque(T*& p) {
  asm("" : "+r"(p));
}

// As many 32-bit integers as Vec has floats. Integer work and comparisons are plain operators:
// `a < b ? x : y` selects lane by lane.
typedef std::int32_t IVec __attribute__((vector_size(kLanes * 4)));

TERN_SIMD_INLINE IVec iset1(std::int32_t x) { return IVec{} + x; }
TERN_SIMD_INLINE IVec bits_of(Vec v) { return (IVec)v; }
TERN_SIMD_INLINE Vec from_bits(IVec v) { return (Vec)v; }
TERN_SIMD_INLINE IVec lane_indices() {
  IVec v{};
  for (int i = 0; i < kLanes; ++i) v[i] = i;
  return v;
}
/// load_n with `fill` instead of zero in the other lanes.
TERN_SIMD_INLINE Vec load_n_or(const float* p, std::int64_t n, Vec fill) {
  if (n == kLanes) return load(p);
  return lane_indices() < static_cast<std::int32_t>(n) ? load_n(p, n) : fill;
}
TERN_SIMD_INLINE Vec abs(Vec v) { return from_bits(bits_of(v) & 0x7fffffff); }

// All lanes folded into one value by a tree, `combine` being associative.
template <class Combine>
TERN_SIMD_INLINE float fold(Vec v, Combine combine) {
  float lanes[kLanes];
  store(lanes, v);
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lanes[i] = combine(lanes[i], lanes[i + half]);
  }
  return lanes[0];
}

}  // namespace tern::cpu::TERN_SIMD_NS

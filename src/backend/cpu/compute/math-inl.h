// exp, log, tanh, erf and what follows from them, on vectors.
//
// Error bounds are in units in the last place (ulp) of the result against the exact value, for
// Isas with a fused multiply-add; tests/backend/cpu/elementwise_test.cpp holds them to it. Without
// one (kBaseline on x86) each bound grows by 1 ulp. The polynomials are minimax fits (Remez) on the
// stated interval.
#pragma once

#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {

inline constexpr float kInfinity = __builtin_inff();

template <int kCount>
TERN_SIMD_INLINE Vec polynomial(Vec x, const float (&coefficients)[kCount]) {
  Vec sum = set1(coefficients[kCount - 1]);
  TERN_UNROLL
  for (int i = kCount - 2; i >= 0; --i) sum = fma(sum, x, set1(coefficients[i]));
  return sum;
}

// Nearest integer of |x| < 2^22 by adding 1.5 * 2^23: the sum's low bits then hold the integer.
struct Rounded {
  Vec value;
  IVec integer;
};
TERN_SIMD_INLINE Rounded round_small(Vec x) {
  const Vec magic = set1(12582912.0F);
  const Vec shifted = x + magic;
  return {shifted - magic, bits_of(shifted) - bits_of(magic)};
}

// x * 2^n for -252 <= n <= 254, through two factors so that denormal results round once.
TERN_SIMD_INLINE Vec scale_by_power(Vec x, IVec n) {
  const IVec half = n >> 1;
  const Vec low = from_bits((half + 127) << 23);
  const Vec high = from_bits((n - half + 127) << 23);
  return x * low * high;
}

// 1 ulp. exp(x) = 2^n * exp(r), |r| <= ln 2 / 2, exp(r) = 1 + r + r^2 P(r).
TERN_SIMD_INLINE Vec exp(Vec x) {
  constexpr float kP[] = {0.5000000072F,   0.1666666582F,   0.04166628032F,
                          0.008333503755F, 0.001394575232F, 0.0001978926193F};
  x = min(set1(89.0F), max(set1(-104.0F), x));
  const Rounded n = round_small(x * set1(1.44269504F));
  Vec r = fma(n.value, set1(-0.693359375F), x);  // exact: the constant has 9 significant bits
  r = fma(n.value, set1(2.12194440e-4F), r);
  const Vec y = fma(r * r, polynomial(r, kP), r) + set1(1.0F);
  return scale_by_power(y, n.integer);
}

// 1 ulp. log(2^e * m) with m in [sqrt 1/2, sqrt 2): log(1 + f) = f - f^2 / 2 + f^3 P(f).
// log(0) = -inf, log(x < 0) = NaN; denormal arguments are handled.
TERN_SIMD_INLINE Vec log(Vec x) {
  constexpr float kP[] = {0.333333126F,   -0.250000096F,  0.2000211865F,
                          -0.1666799588F, 0.1421955252F,  -0.1240558849F,
                          0.1188816074F,  -0.1167565414F, 0.06746646875F};
  const IVec tiny = x < set1(1.17549435e-38F);
  const Vec scaled = tiny ? x * set1(16777216.0F) : x;
  const IVec offset = bits_of(scaled) - 0x3f3504f3;  // bits of sqrt(1/2)
  const IVec e = (offset >> 23) - (tiny & 24);
  const Vec m = from_bits((offset & 0x7fffff) + 0x3f3504f3);
  const Vec f = m - set1(1.0F);
  const Vec exponent = __builtin_convertvector(e, Vec);
  const Vec square = f * f;
  Vec y = f * square * polynomial(f, kP);
  y = fma(exponent, set1(-2.12194440e-4F), y);
  y = fma(square, set1(-0.5F), y);
  y = fma(exponent, set1(0.693359375F), y + f);
  y = x == set1(kInfinity) ? x : y;
  y = x == zero() ? set1(-kInfinity) : y;
  return ((x < zero()) | (x != x)) ? set1(__builtin_nanf("")) : y;
}

// 2 ulp where the result is a normal number; below about -88 it is 0 where the exact value is
// denormal.
TERN_SIMD_INLINE Vec sigmoid(Vec x) { return set1(1.0F) / (set1(1.0F) + exp(zero() - x)); }

// 2 ulp. Odd polynomial up to 0.625, else 1 - 2 / (exp(2|x|) + 1).
TERN_SIMD_INLINE Vec tanh(Vec x) {
  constexpr float kP[] = {-0.333333308F,  0.1333320601F,    -0.05394676306F,
                          0.02170070317F, -0.008177398064F, 0.002142961647F};
  const Vec size = abs(x);
  const Vec square = x * x;
  const Vec small = fma(x * square, polynomial(square, kP), x);
  const Vec large = set1(1.0F) - set1(2.0F) / (exp(size + size) + set1(1.0F));
  const Vec signed_large = from_bits(bits_of(large) | (bits_of(x) & iset1(INT32_MIN)));
  return size < set1(0.625F) ? small : signed_large;
}

// 2 ulp. x + x P(x^2) up to 1, else 1 - exp(-Q(|x|)) where Q fits -log(erfc) on [0.99, 4].
TERN_SIMD_INLINE Vec erf(Vec x) {
  constexpr float kP[] = {0.1283791657F,   -0.3761262582F,    0.1128358515F,  -0.02685381192F,
                          0.005188327665F, -0.0008010193446F, 7.853860784e-5F};
  constexpr float kQ[] = {-0.0001880361329F, 1.129578406F,    0.6332199271F,     0.1084185427F,
                          -0.02520823592F,   0.004204554515F, -0.0004413349602F, 2.168673539e-5F};
  const Vec size = abs(x);
  const Vec small = fma(x, polynomial(x * x, kP), x);
  const Vec large = set1(1.0F) - exp(zero() - polynomial(min(set1(4.0F), size), kQ));
  const Vec signed_large = from_bits(bits_of(large) | (bits_of(x) & iset1(INT32_MIN)));
  return size < set1(1.0F) ? small : signed_large;
}

TERN_SIMD_INLINE Vec silu(Vec x) { return x / (set1(1.0F) + exp(zero() - x)); }

// x tanh(log(1 + e^x)) = x n / (n + 2) with n = e^x (e^x + 2), which is x from 20 on.
TERN_SIMD_INLINE Vec mish(Vec x) {
  const Vec two = set1(2.0F);
  const Vec e = exp(min(x, set1(20.0F)));
  const Vec n = e * (e + two);
  return x * n / (n + two);
}

TERN_SIMD_INLINE Vec gelu(Vec x) {
  const Vec half = set1(0.5F) * x;
  return fma(half, erf(x * set1(0.707106781F)), half);
}

// x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))), where (1 + tanh(u)) / 2 = sigmoid(2u).
TERN_SIMD_INLINE Vec gelu_tanh(Vec x) {
  const Vec u = x * fma(x * x, set1(0.0713548163F), set1(1.59576912F));
  return x / (set1(1.0F) + exp(zero() - u));
}

// The derivatives of the two: distribution(x) + x density(x), and with s = sigmoid(2u) above
// s + x s (1 - s) d(2u)/dx.
TERN_SIMD_INLINE Vec gelu_slope(Vec x) {
  const Vec half = set1(0.5F);
  const Vec distribution = fma(half, erf(x * set1(0.707106781F)), half);
  return fma(x * set1(0.398942280F), exp(x * x * set1(-0.5F)), distribution);
}
TERN_SIMD_INLINE Vec gelu_tanh_slope(Vec x) {
  const Vec square = x * x;
  const Vec s = sigmoid(x * fma(square, set1(0.0713548163F), set1(1.59576912F)));
  const Vec inner = fma(square, set1(0.2140644489F), set1(1.59576912F));
  return fma(x * inner, s * (set1(1.0F) - s), s);
}

TERN_SIMD_INLINE Vec clip(Vec x, Vec lo, Vec hi) { return min(hi, max(lo, x)); }

TERN_SIMD_INLINE Vec hard_swish(Vec x) {
  return x * clip(fma(x, set1(1.0F / 6.0F), set1(0.5F)), zero(), set1(1.0F));
}

// log(1 + exp(x)) as max(x, 0) + log(1 + exp(-|x|)); the inner log1p keeps small terms exact
// through log(u) * t / (u - 1) with u = 1 + t.
TERN_SIMD_INLINE Vec softplus(Vec x) {
  const Vec one = set1(1.0F);
  const Vec t = exp(zero() - abs(x));
  const Vec u = one + t;
  const Vec rounded = u - one;
  const Vec small = rounded == zero() ? t : log(u) * t / (rounded == zero() ? one : rounded);
  return max(zero(), x) + small;
}

// exp(x) - 1 without cancellation: the reduced polynomial up to |x| = ln 2 / 2, else exp.
TERN_SIMD_INLINE Vec expm1(Vec x) {
  constexpr float kP[] = {0.5000000072F,   0.1666666582F,   0.04166628032F,
                          0.008333503755F, 0.001394575232F, 0.0001978926193F};
  const Vec near_zero = fma(x * x, polynomial(x, kP), x);
  return abs(x) < set1(0.34657359F) ? near_zero : exp(x) - set1(1.0F);
}

TERN_SIMD_INLINE Vec elu(Vec x, Vec alpha) { return x < zero() ? alpha * expm1(x) : x; }

TERN_SIMD_INLINE Vec hard_sigmoid(Vec x, Vec alpha, Vec beta) {
  return clip(fma(alpha, x, beta), zero(), set1(1.0F));
}

TERN_SIMD_INLINE Vec leaky_relu(Vec x, Vec slope) { return x < zero() ? slope * x : x; }

}  // namespace tern::cpu::TERN_SIMD_NS

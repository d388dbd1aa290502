#include "backend/cpu/compute/elementwise.h"

#include "backend/cpu/compute/math-inl.h"
#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

using Index = std::int64_t;

template <class Function>
TERN_SIMD_INLINE void map(const float* x, float* y, Index count, Function function) {
  Index i = 0;
  for (; i + kLanes <= count; i += kLanes) store(y + i, function(load(x + i)));
  if (i < count) store_n(y + i, function(load_n(x + i, count - i)), count - i);
}

void unary(const Unary& u, const float* x, float* y, Index count) noexcept {
  const Vec a = set1(u.a);
  const Vec b = set1(u.b);
  const Vec one = set1(1.0F);
  const auto run = [&](auto function) __attribute__((always_inline)) {
    map(x, y, count, function);
  };
  switch (u.op) {
    case UnaryOp::kAbs: return run([](Vec v) { return abs(v); });
    case UnaryOp::kNeg: return run([](Vec v) { return -v; });
    case UnaryOp::kSqrt: return run([](Vec v) { return sqrt(v); });
    case UnaryOp::kReciprocal: return run([=](Vec v) { return one / v; });
    case UnaryOp::kSquare: return run([](Vec v) { return v * v; });
    case UnaryOp::kFloor: return run([](Vec v) { return floor(v); });
    case UnaryOp::kCeil: return run([](Vec v) { return ceil(v); });
    case UnaryOp::kRound: return run([](Vec v) { return round_even(v); });
    case UnaryOp::kExp: return run([](Vec v) { return exp(v); });
    case UnaryOp::kLog: return run([](Vec v) { return log(v); });
    case UnaryOp::kErf: return run([](Vec v) { return erf(v); });
    case UnaryOp::kTanh: return run([](Vec v) { return tanh(v); });
    case UnaryOp::kSigmoid: return run([](Vec v) { return sigmoid(v); });
    case UnaryOp::kSilu: return run([](Vec v) { return silu(v); });
    case UnaryOp::kSwish: return run([=](Vec v) { return v * sigmoid(a * v); });
    case UnaryOp::kMish: return run([](Vec v) { return mish(v); });
    case UnaryOp::kGelu: return run([](Vec v) { return gelu(v); });
    case UnaryOp::kGeluTanh: return run([](Vec v) { return gelu_tanh(v); });
    case UnaryOp::kSoftplus: return run([](Vec v) { return softplus(v); });
    case UnaryOp::kElu: return run([=](Vec v) { return elu(v, a); });
    case UnaryOp::kHardSwish: return run([](Vec v) { return hard_swish(v); });
    case UnaryOp::kHardSigmoid: return run([=](Vec v) { return hard_sigmoid(v, a, b); });
    case UnaryOp::kLeakyRelu: return run([=](Vec v) { return leaky_relu(v, a); });
    case UnaryOp::kClip: return run([=](Vec v) { return clip(v, a, b); });
    case UnaryOp::kScale: return run([=](Vec v) { return fma(a, v, b); });
  }
}

// One row; a repeating operand is a vector made once.
template <class Function>
TERN_SIMD_INLINE void binary_row(const BinaryBlock& k, const float* a, const float* b, float* y,
                                 Function function) {
  const Vec a_all = set1(*a);
  const Vec b_all = set1(*b);
  const auto run = [&](auto load_a, auto load_b) __attribute__((always_inline)) {
    Index i = 0;
    for (; i + kLanes <= k.columns; i += kLanes) {
      store(y + i, function(load_a(i, kLanes), load_b(i, kLanes)));
    }
    const Index n = k.columns - i;
    if (n > 0) store_n(y + i, function(load_a(i, n), load_b(i, n)), n);
  };
  const auto from_a = [=](Index i, Index n) {
    return n == kLanes ? load(a + i) : load_n(a + i, n);
  };
  const auto from_b = [=](Index i, Index n) {
    return n == kLanes ? load(b + i) : load_n(b + i, n);
  };
  const auto all_a = [=](Index, Index) { return a_all; };
  const auto all_b = [=](Index, Index) { return b_all; };
  if (k.a_column != 0 && k.b_column != 0) {
    run(from_a, from_b);
  } else if (k.a_column != 0) {
    run(from_a, all_b);
  } else if (k.b_column != 0) {
    run(all_a, from_b);
  } else {
    run(all_a, all_b);
  }
}

template <class Function>
TERN_SIMD_INLINE void binary_rows(const BinaryBlock& k, Function function) {
  if (k.columns <= 0) return;
  for (Index r = 0; r < k.rows; ++r) {
    binary_row(k, k.a + r * k.a_row, k.b + r * k.b_row, k.y + r * k.y_row, function);
  }
}

// exp(y log x) would lose |y log x| ulp, so the C library's pow, which rounds correctly but for a
// fraction of an ulp, does the general case; the exponents that models contain are exact products.
void power_row(const BinaryBlock& k, const float* a, const float* b, float* y) noexcept {
  const bool same = k.b_column == 0;
  const float exponent = *b;
  for (Index i = 0; i < k.columns; ++i) {
    const float x = a[i * k.a_column];
    if (same && exponent == 2.0F) {
      y[i] = x * x;
    } else if (same && exponent == 3.0F) {
      y[i] = x * x * x;
    } else {
      y[i] = __builtin_powf(x, b[i * k.b_column]);
    }
  }
}

// ONNX's Max and Min keep a NaN of either operand.
TERN_SIMD_INLINE Vec max_nan(Vec a, Vec b) { return a != a ? a : max(a, b); }
TERN_SIMD_INLINE Vec min_nan(Vec a, Vec b) { return a != a ? a : min(a, b); }

void binary(BinaryOp op, const BinaryBlock& k) noexcept {
  switch (op) {
    case BinaryOp::kAdd: return binary_rows(k, [](Vec a, Vec b) { return a + b; });
    case BinaryOp::kSub: return binary_rows(k, [](Vec a, Vec b) { return a - b; });
    case BinaryOp::kMul: return binary_rows(k, [](Vec a, Vec b) { return a * b; });
    case BinaryOp::kDiv: return binary_rows(k, [](Vec a, Vec b) { return a / b; });
    case BinaryOp::kMax: return binary_rows(k, [](Vec a, Vec b) { return max_nan(a, b); });
    case BinaryOp::kMin: return binary_rows(k, [](Vec a, Vec b) { return min_nan(a, b); });
    case BinaryOp::kReluGrad:
      return binary_rows(k, [](Vec a, Vec b) { return b > zero() ? a : zero(); });
    case BinaryOp::kGeluGrad: return binary_rows(k, [](Vec a, Vec b) { return a * gelu_slope(b); });
    case BinaryOp::kGeluTanhGrad:
      return binary_rows(k, [](Vec a, Vec b) { return a * gelu_tanh_slope(b); });
    case BinaryOp::kPow:
      for (Index r = 0; r < k.rows && k.columns > 0; ++r) {
        power_row(k, k.a + r * k.a_row, k.b + r * k.b_row, k.y + r * k.y_row);
      }
      return;
  }
}

}  // namespace

extern const ElementwiseKernels kElementwiseKernels;
const ElementwiseKernels kElementwiseKernels{unary, binary};

}  // namespace tern::cpu::TERN_SIMD_NS

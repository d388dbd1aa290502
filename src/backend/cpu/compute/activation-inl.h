// The activations of Epilogue, applied to rows in memory.
#pragma once

#include "backend/cpu/compute/epilogue.h"
#include "backend/cpu/compute/math-inl.h"
#include "backend/cpu/compute/simd.h"

namespace tern::cpu::TERN_SIMD_NS {
namespace {

template <class Function>
TERN_SIMD_INLINE void apply_activation(float* y, std::int64_t y_row, const float* residual,
                                       std::int64_t residual_row, std::int64_t rows,
                                       std::int64_t columns, Function function) {
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t j = 0; j < columns; j += kLanes) {
      const std::int64_t n = smaller<std::int64_t>(kLanes, columns - j);
      Vec v = function(load_n(y + j, n));
      if (residual != nullptr) v = v + load_n(residual + j, n);
      store_n(y + j, v, n);
    }
    y += y_row;
    if (residual != nullptr) residual += residual_row;
  }
}

// The activation, then the residual that comes after it.
void activate(float* y, std::int64_t y_row, const float* residual, std::int64_t residual_row,
              std::int64_t rows, std::int64_t columns, const Epilogue& e) noexcept {
  const auto apply = [&](auto function) __attribute__((always_inline)) {
    apply_activation(y, y_row, residual, residual_row, rows, columns, function);
  };
  switch (e.activation) {
    case Activation::kNone: return apply([](Vec x) { return x; });
    case Activation::kClip:
      return apply([lo = set1(e.lo), hi = set1(e.hi)](Vec x) { return clip(x, lo, hi); });
    case Activation::kSilu: return apply([](Vec x) { return silu(x); });
    case Activation::kSigmoid: return apply([](Vec x) { return sigmoid(x); });
    case Activation::kTanh: return apply([](Vec x) { return tanh(x); });
    case Activation::kGelu: return apply([](Vec x) { return gelu(x); });
    case Activation::kGeluTanh: return apply([](Vec x) { return gelu_tanh(x); });
    case Activation::kHardSwish: return apply([](Vec x) { return hard_swish(x); });
    case Activation::kLeakyRelu:
      return apply([slope = set1(e.slope)](Vec x) { return leaky_relu(x, slope); });
  }
}

// True if all that follows the sum and bias can be done while a tile is in registers: residual,
// then clip.
TERN_SIMD_INLINE bool fits_registers(const Epilogue& e) {
  const bool clips = e.activation == Activation::kNone || e.activation == Activation::kClip;
  return clips && !e.residual_last;
}

}  // namespace
}  // namespace tern::cpu::TERN_SIMD_NS

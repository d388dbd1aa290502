// What matmul and convolution do with a finished sum before it is stored.
#pragma once

#include <cstdint>
#include <limits>

namespace tern::cpu {

enum class Activation : std::uint8_t {
  kNone,
  kClip,  ///< min(max(x, lo), hi); relu is clip(0, inf)
  kSilu,  ///< x * sigmoid(x)
  kSigmoid,
  kTanh,
  kGelu,       ///< x * (1 + erf(x / sqrt 2)) / 2
  kGeluTanh,   ///< the tanh approximation of gelu
  kHardSwish,  ///< x * clip(x / 6 + 1/2, 0, 1)
  kLeakyRelu,  ///< x < 0 ? slope * x : x
};

/// y = act(sum + bias + residual), or act(sum + bias) + residual when residual_last. Bias and
/// residual are pointers of the call; a null pointer means that there is none.
struct Epilogue {
  Activation activation = Activation::kNone;
  float lo = -std::numeric_limits<float>::infinity();  ///< of kClip
  float hi = std::numeric_limits<float>::infinity();   ///< of kClip
  float slope = 0.0F;                                  ///< of kLeakyRelu
  bool residual_last = false;

  static constexpr Epilogue none() { return {}; }
  static constexpr Epilogue relu() { return clip(0.0F, std::numeric_limits<float>::infinity()); }
  static constexpr Epilogue clip(float lo, float hi) {
    return {.activation = Activation::kClip, .lo = lo, .hi = hi};
  }
  static constexpr Epilogue leaky_relu(float slope) {
    return {.activation = Activation::kLeakyRelu, .slope = slope};
  }
  static constexpr Epilogue of(Activation activation) { return {.activation = activation}; }
};

}  // namespace tern::cpu

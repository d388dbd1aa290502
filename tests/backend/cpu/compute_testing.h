// What the tests of the CPU kernels share: random buffers, guarded outputs, the exact epilogue.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "backend/cpu/compute/epilogue.h"
#include "backend/cpu/isa.h"

namespace tern::cpu {

inline std::vector<float> random_floats(std::int64_t count, unsigned seed, float lo = -1.0F,
                                        float hi = 1.0F) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(lo, hi);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = uniform(random);
  return values;
}

/// A value no kernel computes: outputs are filled with it, and gaps between rows must keep it.
inline constexpr float kUntouched = -12345.678F;

inline double exact_activation(double x, const Epilogue& e) {
  switch (e.activation) {
    case Activation::kNone: return x;
    case Activation::kClip: return std::min<double>(std::max<double>(x, e.lo), e.hi);
    case Activation::kSilu: return x / (1 + std::exp(-x));
    case Activation::kSigmoid: return 1 / (1 + std::exp(-x));
    case Activation::kTanh: return std::tanh(x);
    case Activation::kGelu: return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    case Activation::kGeluTanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case Activation::kHardSwish: return x * std::clamp(x / 6 + 0.5, 0.0, 1.0);
    case Activation::kLeakyRelu: return x < 0 ? e.slope * x : x;
  }
  return x;
}

/// The epilogue of `sum` (bias included) with residual r (0 for none).
inline double exact_epilogue(double sum, double r, const Epilogue& e) {
  return e.residual_last ? exact_activation(sum, e) + r : exact_activation(sum + r, e);
}

inline std::vector<Epilogue> all_epilogues() {
  Epilogue silu_then_add = Epilogue::of(Activation::kSilu);
  silu_then_add.residual_last = true;
  Epilogue add_last = Epilogue::relu();
  add_last.residual_last = true;
  return {Epilogue::none(),
          Epilogue::relu(),
          Epilogue::clip(-0.5F, 0.75F),
          Epilogue::leaky_relu(0.125F),
          Epilogue::of(Activation::kSilu),
          Epilogue::of(Activation::kSigmoid),
          Epilogue::of(Activation::kTanh),
          Epilogue::of(Activation::kGelu),
          Epilogue::of(Activation::kGeluTanh),
          Epilogue::of(Activation::kHardSwish),
          silu_then_add,
          add_last};
}

/// Runs a test body once per available instruction set.
class EachIsa : public ::testing::TestWithParam<Isa> {};

inline std::string isa_name(const ::testing::TestParamInfo<Isa>& info) {
  return std::string(to_string(info.param));
}

#define TERN_INSTANTIATE_EACH_ISA(suite)                                                          \
  INSTANTIATE_TEST_SUITE_P(Isas, suite,                                                           \
                           ::testing::ValuesIn(available_isas().begin(), available_isas().end()), \
                           isa_name)

}  // namespace tern::cpu

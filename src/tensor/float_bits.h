// Conversions between float and the storage formats of narrow floating point types.
#pragma once

#include <bit>
#include <cstdint>

#include "tern/dtype.h"

namespace tern {

/// Round to nearest even; NaN stays NaN (quiet), overflow becomes infinity. IEEE 754 binary16.
std::uint16_t f16_bits(float value);
float f16_value(std::uint16_t bits);

/// bfloat16 is the upper half of a binary32; round to nearest even, NaN stays NaN.
inline std::uint16_t bf16_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}
inline float bf16_value(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// The f8 and f4 formats of ONNX (onnx.ai/onnx/technical/float8.html, float4.html). `saturate`
/// turns values beyond the largest finite one into it instead of infinity or NaN.
std::uint8_t narrow_float_bits(DType format, float value, bool saturate = true);
float narrow_float_value(DType format, std::uint8_t bits);

}  // namespace tern

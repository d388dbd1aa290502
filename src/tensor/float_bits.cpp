#include "tensor/float_bits.h"

#include <cmath>
#include <limits>

namespace tern {
namespace {

// A small binary floating point format: sign, `exponent` bits, `mantissa` bits.
struct Format {
  int exponent_bits;
  int mantissa_bits;
  int bias;
  bool has_sign;
  bool has_infinity;          // all-ones exponent with zero mantissa
  bool negative_zero_is_nan;  // the FNUZ formats
  float largest;              // the largest finite value
};

Format format_of(DType dtype) {
  switch (dtype) {
    case DType::kF8E4M3FN: return {4, 3, 7, true, false, false, 448.0f};
    case DType::kF8E4M3FNUZ: return {4, 3, 8, true, false, true, 240.0f};
    case DType::kF8E5M2: return {5, 2, 15, true, true, false, 57344.0f};
    case DType::kF8E5M2FNUZ: return {5, 2, 16, true, false, true, 57344.0f};
    case DType::kF8E8M0: return {8, 0, 127, false, false, false, 0x1p127f};
    default: return {2, 1, 1, true, false, false, 6.0f};  // f4e2m1
  }
}

std::uint8_t nan_bits(DType dtype, bool negative) {
  switch (dtype) {
    case DType::kF8E4M3FN: return negative ? 0xff : 0x7f;
    case DType::kF8E5M2: return negative ? 0xfe : 0x7e;
    case DType::kF8E4M3FNUZ:
    case DType::kF8E5M2FNUZ: return 0x80;
    case DType::kF8E8M0: return 0xff;
    default: return 0x08;  // f4 has no NaN; what others write for one is negative zero
  }
}

}  // namespace

std::uint16_t f16_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    return static_cast<std::uint16_t>(sign | 0x7e00u | ((magnitude >> 13) & 0x1ffu));
  }
  if (magnitude >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);  // >= 65520
  if (magnitude < 0x38800000u) {
    // Subnormal in binary16: adding 0.5 aligns the mantissa so that the FPU does the rounding.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u));
  }
  const std::uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
  return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
}

float f16_value(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1fu;
  const std::uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent == 0) {
    const float value = static_cast<float>(mantissa) * 0x1p-24f;
    return sign != 0 ? -value : value;
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

std::uint8_t narrow_float_bits(DType dtype, float value, bool saturate) {
  const Format f = format_of(dtype);
  const bool negative = std::signbit(value);
  if (std::isnan(value)) return nan_bits(dtype, negative);
  const auto sign = static_cast<std::uint8_t>(
      negative && f.has_sign ? 1u << (f.exponent_bits + f.mantissa_bits) : 0u);
  if (!f.has_sign && negative) return 0;

  // Round the magnitude to a multiple of the quantum of its binade, ties to even.
  const float magnitude = std::fabs(value);
  const int lowest = f.has_sign ? 1 - f.bias : -f.bias;  // exponent of the smallest normal
  int exponent = lowest;
  if (magnitude > 0 && !std::isinf(magnitude)) exponent = std::max(lowest, std::ilogb(magnitude));
  const float quantum = std::ldexp(1.0f, exponent - f.mantissa_bits);
  float rounded = std::isinf(magnitude) ? magnitude : std::nearbyint(magnitude / quantum) * quantum;
  if (!f.has_sign) rounded = std::max(rounded, 0x1p-127f);

  if (rounded > f.largest) {
    if (!saturate) {
      if (f.has_infinity) {
        return static_cast<std::uint8_t>(sign | (((1u << f.exponent_bits) - 1) << f.mantissa_bits));
      }
      return nan_bits(dtype, negative);
    }
    rounded = f.largest;
  }
  if (rounded == 0) return f.negative_zero_is_nan ? 0 : sign;
  exponent = std::max(lowest, std::ilogb(rounded));
  if (!f.has_sign) return static_cast<std::uint8_t>(exponent + f.bias);
  const auto scaled =
      static_cast<unsigned>(std::ldexp(rounded, f.mantissa_bits - exponent));  // exact integer
  const unsigned hidden = 1u << f.mantissa_bits;
  const unsigned biased = scaled >= hidden ? static_cast<unsigned>(exponent + f.bias) : 0u;
  return static_cast<std::uint8_t>(sign | (biased << f.mantissa_bits) | (scaled & (hidden - 1)));
}

float narrow_float_value(DType dtype, std::uint8_t bits) {
  const Format f = format_of(dtype);
  if (dtype == DType::kF8E8M0) {
    if (bits == 0xff) return std::numeric_limits<float>::quiet_NaN();
    return std::ldexp(1.0f, static_cast<int>(bits) - f.bias);
  }
  const unsigned magnitude_mask = (1u << (f.exponent_bits + f.mantissa_bits)) - 1;
  const unsigned magnitude = bits & magnitude_mask;
  const bool negative = (bits & ~magnitude_mask) != 0;
  if (f.negative_zero_is_nan && negative && magnitude == 0) {
    return std::numeric_limits<float>::quiet_NaN();
  }
  if (dtype == DType::kF8E4M3FN && magnitude == 0x7f) {
    return std::numeric_limits<float>::quiet_NaN();
  }
  const int biased = static_cast<int>(magnitude >> f.mantissa_bits);
  const unsigned mantissa = magnitude & ((1u << f.mantissa_bits) - 1);
  if (f.has_infinity && biased == (1 << f.exponent_bits) - 1) {
    if (mantissa != 0) return std::numeric_limits<float>::quiet_NaN();
    return negative ? -std::numeric_limits<float>::infinity()
                    : std::numeric_limits<float>::infinity();
  }
  const unsigned scaled = biased == 0 ? mantissa : mantissa | (1u << f.mantissa_bits);
  const int exponent = std::max(biased, 1) - f.bias - f.mantissa_bits;
  const float value = std::ldexp(static_cast<float>(scaled), exponent);
  return negative ? -value : value;
}

}  // namespace tern

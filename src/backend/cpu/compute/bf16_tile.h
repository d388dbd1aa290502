// The register tiles under products in bf16: rows of A times one packed panel of B, summed in f32.
//
// B is packed in panels of 32 columns, the last one of 16 where that is enough, padded with zero
// columns. A panel's rows go in pairs, as the instructions take them: the elements (k, j) and
// (k + 1, j) of B stand side by side at (k / 2 * width + j) * 2. K is padded to a multiple of
// kBf16DepthStep with zero rows; A is padded alike.
#pragma once

#include <cstdint>
#include <string_view>

#include "backend/cpu/bf16_unit.h"
#include "backend/cpu/compute/epilogue.h"

namespace tern::cpu {

/// The bits of a bfloat16: the upper half of a float.
using Bf16 = std::uint16_t;

inline constexpr std::int64_t kBf16Panel = 32;
inline constexpr std::int64_t kBf16HalfPanel = 16;
inline constexpr std::int64_t kBf16DepthStep = 32;
/// A is readable up to a multiple of so many rows; what stands there is of no consequence.
inline constexpr std::int64_t kBf16RowStep = 32;

struct Bf16Strip {
  const Bf16* a = nullptr;
  std::int64_t a_row = 0;       ///< elements from a row to the next
  std::int64_t rows = 0;        ///< any number
  const Bf16* b = nullptr;      ///< the pairs of rows of the panel that meet a[0]
  std::int64_t width = 0;       ///< kBf16Panel or kBf16HalfPanel
  std::int64_t depth = 0;       ///< products per sum, a multiple of kBf16DepthStep
  const Bf16* next = nullptr;   ///< b of the next call, to be fetched meanwhile, or null
  std::int64_t columns = 0;     ///< of C, more than width - kBf16HalfPanel
  const float* bias = nullptr;  ///< `columns` values, or null
  const float* residual = nullptr;
  std::int64_t residual_row = 0;
  float* c = nullptr;
  std::int64_t c_row = 0;
  bool accumulate = false;  ///< add to the sums that C holds
  bool finish = true;       ///< the sums are then complete: bias, residual and activation follow
};

struct Bf16Kernels {
  std::string_view name;
  void (*strip)(const Bf16Strip& s, const Epilogue& epilogue) noexcept;
  /// Rounds to nearest even. Numbers below 2^-126 may become zero.
  void (*convert)(const float* from, Bf16* to, std::int64_t count) noexcept;
};

/// Null for kNone.
const Bf16Kernels* bf16_kernels(Bf16Unit unit);

}  // namespace tern::cpu

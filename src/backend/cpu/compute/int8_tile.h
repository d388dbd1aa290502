// The register tile under products of bytes with sums in 32 bits: a strip of rows of A times packed
// panels of B.
//
// Rows of A and columns of B are cut into words of 4 bytes. With VNNI a word is four bytes,
// unsigned in A and signed in B; elsewhere it is two 16-bit numbers, whose products and their sum
// fit 32 bits too, so that every Isa gives the same exact sums. B is packed in panels of `panel`
// columns, one word of each column after the other; the last panel is as narrow as whole vectors
// allow and padded with zero columns.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/cpu/compute/epilogue.h"
#include "backend/cpu/isa.h"

namespace tern::cpu {

enum class SumOutput : std::uint8_t {
  kI32,   ///< sum
  kF32,   ///< activation(sum * factor + add + residual)
  kByte,  ///< min(max(round(sum * factor) + zero, lo), hi), ties to even
};

/// What becomes of sum = start + sum of products. `start` and `factor` have an entry per column,
/// whole vectors of them.
struct SumFinish {
  SumOutput output = SumOutput::kI32;
  const std::int32_t* start = nullptr;
  const float* factor = nullptr;  ///< finite; not read for kI32
  const float* add = nullptr;     ///< of kF32: one per column, or null
  Epilogue epilogue{};            ///< of kF32
  std::int32_t zero = 0;  ///< of kByte, as are lo and hi: numbers of the type that is stored
  std::int32_t lo = 0;
  std::int32_t hi = 255;
};

struct Int8Strip {
  const std::byte* a = nullptr;
  std::int64_t a_row = 0;  ///< bytes from a row to the next
  std::int64_t words = 0;  ///< of a row of A and of a column of B
  const std::byte* b = nullptr;
  std::int64_t columns = 0;  ///< of C, counted from the first panel; any number
  SumFinish finish{};        ///< of the first column
  const float* residual = nullptr;
  std::int64_t residual_row = 0;
  void* c = nullptr;
  std::int64_t c_row = 0;  ///< elements
};

struct Int8TileKernels {
  int lanes;     ///< columns of a vector; a last panel is a multiple of it wide
  int panel;     ///< columns of a panel
  int max_rows;  ///< rows of the largest strip
  int products;  ///< elements of a word: 4 bytes or 2 numbers of 16 bits
  /// Computes `rows` (1 to max_rows) rows times s.columns columns.
  void (*strip)(const Int8Strip& s, int rows) noexcept;
  /// Elements of A as words have them. Where words have bytes, those of a signed A are raised by
  /// 128 (and so must be its zero point).
  void (*copy)(const std::uint8_t* from, std::int64_t count, bool is_signed,
               std::byte* to) noexcept;
};

const Int8TileKernels& int8_tile_kernels(Isa isa);

}  // namespace tern::cpu

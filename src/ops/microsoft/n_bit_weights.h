// The weights of MatMulNBits: where the numbers and their scales stand.
#pragma once

#include <cstdint>

#include "graph/op_def.h"
#include "tern/ops/microsoft.h"

namespace tern::ops {

/// The inputs of MatMulNBits.
enum NBitInput : std::size_t { kNBitA, kNBitB, kNBitScales, kNBitZeros, kNBitGroups, kNBitBias };

/// Sizes that follow from the attributes alone.
struct NBitLayout {
  std::int64_t k = 0, n = 0, bits = 0, block_size = 0;
  std::int64_t blocks = 0;       // of a column
  std::int64_t block_bytes = 0;  // of a block of B
  std::int64_t zero_bytes = 0;   // of the packed zero points of a column

  /// Fails for attributes that no weights can have.
  static Result<NBitLayout> of(const MatMulNBits& op);
  std::int64_t column_bytes() const { return blocks * block_bytes; }
  /// Number `i` of a packed row.
  std::int64_t number(const std::uint8_t* row, std::int64_t i) const {
    const std::int64_t bit = i * bits;
    return row[bit / 8] >> (bit % 8) & ((1 << bits) - 1);
  }
  double default_zero() const { return static_cast<double>(std::int64_t{1} << (bits - 1)); }
};

}  // namespace tern::ops

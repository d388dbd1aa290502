// Which dtypes the kernels that only move elements take, and as what.
#pragma once

#include <cstddef>

#include "tern/dtype.h"

namespace tern::cpu {

/// Bytes of an element that may be moved as an unsigned integer: 1, 2, 4 or 8; 0 for strings,
/// sub-byte types and wider ones.
inline std::int64_t moved_bytes(DType dtype) {
  const int bits = dtype == DType::kString ? 0 : bit_width(dtype);
  return bits == 8 || bits == 16 || bits == 32 || bits == 64 ? bits / 8 : 0;
}

}  // namespace tern::cpu

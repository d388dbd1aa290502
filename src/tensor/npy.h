// NumPy's .npy files (NEP 1, format versions 1 to 3).
#pragma once

#include <span>
#include <string>

#include "tern/status.h"
#include "tern/tensor.h"

namespace tern {

/// Reads b, i, u, f and c types of the sizes numpy has, little or big endian, C or Fortran order;
/// the tensor is row-major and owns its elements. kDataLoss for bytes that are no .npy file or end
/// early, kUnimplemented for other element types. parse_npy takes what read_npy reads.
Result<Tensor> read_npy(const std::string& path);
Result<Tensor> parse_npy(std::span<const std::byte> bytes);

/// Replaces the file in one step. Types numpy lacks (bf16, f8, 4 and 2 bit) are written as f32 or
/// i8, which hold all their values; strings and containers are refused.
Status write_npy(const std::string& path, const Tensor& tensor);

}  // namespace tern

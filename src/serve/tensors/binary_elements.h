// Elements of a tensor as bytes: the form of the Open Inference Protocol's binary tensor extension,
// of its gRPC messages and of files for warm-up.
//
// Elements stand one after the other, row-major, little-endian; BOOL takes a byte; types of fewer
// bits than eight are packed as in memory. A BYTES element is its length, four bytes, and then its
// bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "tern/tensor.h"

namespace tern::serve {

/// Whether `bytes` bytes can hold a tensor of this type and shape: exactly, but for BYTES, whose
/// elements tell their own lengths. kInvalidArgument has both numbers. Allocates nothing.
Status check_binary_size(DType dtype, const Shape& shape, std::uint64_t bytes);

/// Copies elements into `tensor`. kInvalidArgument when the bytes are too many or too few. A BOOL
/// byte other than 0 is true.
Status read_binary(std::string_view bytes, Tensor& tensor);

/// Bytes and who keeps them.
struct BinaryElements {
  std::string_view bytes;
  std::shared_ptr<const void> owner;
};

/// The elements of `tensor`, from where they lie when that is their binary form.
BinaryElements binary_elements(const Tensor& tensor);

}  // namespace tern::serve

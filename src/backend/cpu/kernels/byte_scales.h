// Scales and zero points of the kernels on bytes.
#pragma once

#include <cstdint>
#include <vector>

#include "backend/cpu/compute/quantize.h"
#include "backend/kernel.h"

namespace tern::cpu {

inline bool is_byte(DType dtype) { return dtype == DType::kU8 || dtype == DType::kI8; }

/// Surely one number: rank 0, or one entry.
inline bool is_single(const TypeInfo& type) {
  if (!type.has_rank) return false;
  for (const Dim& dim : type.shape) {
    if (!dim.known() || dim.value() != 1) return false;
  }
  return true;
}

/// Input i is left out or surely one number.
inline bool is_single_or_absent(const KernelQuery& q, std::size_t i) {
  return !q.has(i) || is_single(q.in[i]);
}

/// Element i of a tensor of bytes.
inline std::int32_t byte_at(const Tensor& tensor, std::int64_t i) {
  const auto* bytes = static_cast<const std::uint8_t*>(tensor.raw());
  return tensor.dtype() == DType::kI8 ? static_cast<std::int8_t>(bytes[i]) : bytes[i];
}

/// The zero point that stands alone in `tensor`, 0 where it is null.
inline std::int32_t single_zero(const Tensor* tensor) {
  return tensor == nullptr ? 0 : byte_at(*tensor, 0);
}

/// `count` zero points from one or as many; empty where all are 0.
inline std::vector<std::int32_t> zeros_of(const Tensor* tensor, std::int64_t count) {
  if (tensor == nullptr) return {};
  std::vector<std::int32_t> zeros(static_cast<std::size_t>(count));
  bool any = false;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int32_t zero = byte_at(*tensor, tensor->elements() == 1 ? 0 : i);
    zeros[static_cast<std::size_t>(i)] = zero;
    any = any || zero != 0;
  }
  return any ? zeros : std::vector<std::int32_t>();
}

/// The least and the largest number of a type of bytes.
inline std::int32_t lowest_byte(DType dtype) { return dtype == DType::kI8 ? -128 : 0; }
inline std::int32_t highest_byte(DType dtype) { return dtype == DType::kI8 ? 127 : 255; }

}  // namespace tern::cpu

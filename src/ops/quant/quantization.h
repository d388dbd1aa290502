// What the quantising operators share: which scale belongs to an element, rounding into small
// types, integers relative to their zero points.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "graph/op_def.h"
#include "ops/reference.h"

namespace tern::ops {

inline constexpr TypeSet kBytes = TypeSet(DType::kI8) | DType::kU8;
inline constexpr TypeSet kByteFloats =
    TypeSet(DType::kF8E4M3FN) | DType::kF8E4M3FNUZ | DType::kF8E5M2 | DType::kF8E5M2FNUZ;
/// What QuantizeLinear makes.
inline constexpr TypeSet kQuantized =
    kBytes | DType::kI16 | DType::kU16 | kSubByteInts | kByteFloats | DType::kF4E2M1;
inline constexpr TypeSet kScales = TypeSet(DType::kF16) | DType::kBF16 | DType::kF32;

/// Fails unless the scale fits x: one number, one per index of the axis, or one per block, and the
/// zero point (undefined dtype where left out) has its shape.
Status check_scales(const TypeInfo& x, const TypeInfo& scale, const TypeInfo& zero_point,
                    std::int64_t axis, std::int64_t block_size);

/// Which scale belongs to element i of a tensor.
class ScaleIndex {
 public:
  /// The shapes must have passed check_scales.
  ScaleIndex(const tern::Shape& x, const tern::Shape& scale, std::int64_t axis,
             std::int64_t block_size);

  std::int64_t operator()(std::int64_t i) const {
    if (single_) return 0;
    const std::int64_t k = i / inner_ % size_;
    if (block_ == 0) return k;
    return (i / (inner_ * size_) * blocks_ + k / block_) * inner_ + i % inner_;
  }

 private:
  bool single_ = true;
  std::int64_t inner_ = 1;
  std::int64_t size_ = 1;
  std::int64_t block_ = 0;
  std::int64_t blocks_ = 1;
};

/// Stores quotient + zero point as a quantised type: integers are rounded to nearest even before
/// the zero point is added and limited to the type's range, narrow floats are rounded after.
class QuantizedWriter {
 public:
  explicit QuantizedWriter(Tensor& out, bool saturate = true);
  /// Limits integers to [lo, hi] as well.
  void limit(std::int64_t lo, std::int64_t hi);
  void set(std::int64_t i, double quotient, double zero_point) const;

 private:
  void* data_;
  DType dtype_;
  bool saturate_;
  double low_ = 0;
  double high_ = 0;
  StoreI64 store_int_;
  StoreF64 store_float_;
};

/// The one number of a tensor that may be left out.
double single_value(const ReferenceContext& c, std::size_t i, double otherwise);

}  // namespace tern::ops

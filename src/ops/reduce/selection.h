// What ArgMax, ArgMin and TopK share: which of two elements comes first, and inference along an
// axis.
#pragma once

#include "graph/op_def.h"
#include "ops/reference.h"

namespace tern::ops {

/// Output type of ArgMax and ArgMin.
Status infer_arg(InferContext& c, std::int64_t axis, bool keepdims);

/// The position of the largest (or smallest) element along `axis`; NaN counts as such. Of equals
/// the first one, or the last.
void reference_arg(ReferenceContext& c, std::int64_t axis, bool largest, bool select_last);

/// Compares elements of one tensor by value; exact for every dtype.
class ElementOrder {
 public:
  explicit ElementOrder(const Tensor& t);
  /// Negative when element a is smaller than b, 0 when they are equal. NaN is above all numbers.
  int compare(std::int64_t a, std::int64_t b) const;
  bool is_nan(std::int64_t i) const;

 private:
  const void* data_;
  LoadF64 load_float_ = nullptr;  // floats
  LoadI64 load_int_ = nullptr;    // others
  bool is_unsigned_ = false;
};

}  // namespace tern::ops

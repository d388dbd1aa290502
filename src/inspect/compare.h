// Comparing a tensor with what it should be.
#pragma once

#include <string>

#include "tern/status.h"
#include "tern/tensor.h"

namespace tern::inspect {

enum class CompareMode {
  kTolerance,  ///< |got - want| <= atol + rtol * |want| everywhere, NaN equal to NaN
  kClose,      ///< cosine of the whole at least 0.99 and the largest element of every row the same
};

struct Tolerance {
  double rtol = 1e-3;
  double atol = 1e-7;
  CompareMode mode = CompareMode::kTolerance;
};

/// Success, or what differs: dtype, shape, or the first element out of tolerance with its index,
/// both values and how many others differ. Strings, integers and bools under kTolerance follow the
/// same rule on their values (strings: equality).
Status compare(const Tensor& got, const Tensor& want, const Tolerance& tolerance);

/// max |got - want| over all elements; NaN where only one is NaN. Shapes must agree.
double max_absolute_error(const Tensor& got, const Tensor& want);

}  // namespace tern::inspect

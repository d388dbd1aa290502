// Comparing a tensor with what it should be.
#pragma once

#include <optional>
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

/// How near a result of lower precision is: the cosine of the two tensors as vectors (1 when both
/// are zero), and the share of the rows along the last axis whose largest element is the same.
struct Agreement {
  double cosine = 1;
  double same_largest = 1;
};

/// nullopt unless both are of one floating dtype and one shape.
std::optional<Agreement> agreement(const Tensor& got, const Tensor& want);

/// max |got - want| over all elements; NaN where only one is NaN. Shapes must agree.
double max_absolute_error(const Tensor& got, const Tensor& want);

}  // namespace tern::inspect

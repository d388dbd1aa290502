// The labels of a classifier's classes: one list, of strings or of integers.
#pragma once

#include <span>
#include <string>

#include "tern/status.h"
#include "tern/tensor.h"

namespace tern::ops {

struct ClassLabels {
  std::span<const std::int64_t> ints;
  std::span<const std::string> strings;

  /// Fails unless exactly one of the lists has entries.
  Status check() const;
  std::int64_t count() const;
  DType dtype() const { return strings.empty() ? DType::kI64 : DType::kString; }
  /// Label `label` of the list as element `i` of `y`.
  void set(Tensor& y, std::int64_t i, std::int64_t label) const;
  /// All labels as a tensor of rank 1.
  Tensor tensor() const;
};

}  // namespace tern::ops

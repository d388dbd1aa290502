// What normalisations and their gradients share: mean and spread of one group of elements.
#pragma once

#include <span>

#include "graph/op_def.h"

namespace tern::ops {

struct Moments {
  double mean = 0;
  double variance = 0;  // divided by the count, not by one less
  /// 1 / sqrt(variance + epsilon)
  double inverse_deviation(double epsilon) const;
};

/// Mean and variance, in two passes for accuracy.
Moments moments_of(std::span<const double> values);

/// Fails unless a parameter (scale, bias, mean ...) is a vector with one entry per channel.
Status check_channel_vector(std::string_view what, const TypeInfo& type, const Dim& channels);

/// Fails unless `type` broadcasts to `x` without changing x's shape.
Status check_broadcasts_to(std::string_view what, const TypeInfo& type, const TypeInfo& x);

}  // namespace tern::ops

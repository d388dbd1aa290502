// What normalisations and their gradients share: mean and spread of one group of elements.
#pragma once

#include <span>

#include "graph/op_def.h"
#include "ops/axes.h"

namespace tern::ops {

struct Moments {
  double mean = 0;
  double variance = 0;  // divided by the count, not by one less
  /// 1 / sqrt(variance + epsilon)
  double inverse_deviation(double epsilon) const;
};

/// Mean and variance, in two passes for accuracy.
Moments moments_of(std::span<const double> values);

/// 1 / sqrt(mean of squares + epsilon)
double inverse_root_mean_square(std::span<const double> values, double epsilon);

/// X of a BatchNormalization seen as [N, C, positions]; a vector is a batch of one channel.
AxisSplit channel_split(const tern::Shape& x);
/// The same for an image whose channels are the last axis.
AxisSplit last_axis_split(const tern::Shape& x);
Dim channels_of(const TypeInfo& x);

/// body(offset) for every element of channel `k`.
template <class Body>
void for_each_of_channel(const AxisSplit& s, std::int64_t k, Body body) {
  for (std::int64_t n = 0; n < s.outer; ++n) {
    for (std::int64_t p = 0; p < s.inner; ++p) {
      body(static_cast<std::size_t>((n * s.size + k) * s.inner + p));
    }
  }
}
Moments channel_moments(std::span<const double> x, const AxisSplit& s, std::int64_t k);

/// True when both are surely of the same shape.
bool same_shape(const TypeInfo& a, const TypeInfo& b);

/// Fails unless a parameter (scale, bias, mean ...) is a vector with one entry per channel.
Status check_channel_vector(std::string_view what, const TypeInfo& type, const Dim& channels);

/// Fails unless `type` broadcasts to `x` without changing x's shape.
Status check_broadcasts_to(std::string_view what, const TypeInfo& type, const TypeInfo& x);

}  // namespace tern::ops

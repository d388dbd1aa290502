#include "ops/nn/normalization.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/errors.h"

namespace tern::ops {

double Moments::inverse_deviation(double epsilon) const {
  return 1 / std::sqrt(variance + epsilon);
}

Moments moments_of(std::span<const double> values) {
  Moments m;
  const auto count = static_cast<double>(values.size());
  for (const double value : values) m.mean += value / count;
  for (const double value : values) m.variance += (value - m.mean) * (value - m.mean) / count;
  return m;
}

double inverse_root_mean_square(std::span<const double> values, double epsilon) {
  double mean = 0;
  for (const double value : values) mean += value * value / static_cast<double>(values.size());
  return 1 / std::sqrt(mean + epsilon);
}

AxisSplit channel_split(const tern::Shape& x) {
  return x.rank() >= 2 ? split_at(x, 1) : AxisSplit{.outer = x.elements()};
}

AxisSplit last_axis_split(const tern::Shape& x) { return split_at(x, x.rank() - 1); }

Dim channels_of(const TypeInfo& x) { return x.rank() >= 2 ? x.shape[1] : Dim(1); }

Moments channel_moments(std::span<const double> x, const AxisSplit& s, std::int64_t k) {
  std::vector<double> values;
  for_each_of_channel(s, k, [&](std::size_t i) { values.push_back(x[i]); });
  return moments_of(values);
}

bool same_shape(const TypeInfo& a, const TypeInfo& b) {
  return a.has_rank && b.has_rank &&
         std::ranges::equal(a.shape, b.shape,
                            [](const Dim& x, const Dim& y) { return same(x, y); });
}

Status check_channel_vector(std::string_view what, const TypeInfo& type, const Dim& channels) {
  if (type.rank() != 1) return invalid_argument("{} has rank {}, not 1", what, type.rank());
  if (type.shape[0].known() && channels.known() && type.shape[0].value() != channels.value()) {
    return invalid_argument("{} has {} entries for {} channels", what, type.shape[0].value(),
                            channels.value());
  }
  return {};
}

Status check_broadcasts_to(std::string_view what, const TypeInfo& type, const TypeInfo& x) {
  if (type.rank() > x.rank()) {
    return invalid_argument("{} has rank {}, X only {}", what, type.rank(), x.rank());
  }
  const std::size_t lead = x.shape.size() - type.shape.size();
  for (std::size_t i = 0; i < type.shape.size(); ++i) {
    const Dim& have = type.shape[i];
    const Dim& want = x.shape[lead + i];
    if (have.known() && want.known() && have.value() != 1 && have.value() != want.value()) {
      return invalid_argument("{} has {} where X has {} on axis {}", what, have.value(),
                              want.value(), lead + i);
    }
  }
  return {};
}

}  // namespace tern::ops

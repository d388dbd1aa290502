// What LRN and its gradient share: the channels around a channel, and the denominator's base
//   d = bias + alpha / size * sum of squares.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/axes.h"

namespace tern::ops {

inline Status check_lrn(std::int64_t size, const TypeInfo& x) {
  if (x.rank() < 2) return invalid_argument("X has rank {}, LRN needs at least 2", x.rank());
  if (size < 1) return invalid_argument("size is {}, not at least 1", size);
  return {};
}

/// One vector of channels of X.
class LrnChannels {
 public:
  LrnChannels(const AxisSplit& split, std::int64_t outer, std::int64_t inner)
      : split_(split), outer_(outer), inner_(inner) {}

  std::size_t at(std::int64_t channel) const {
    return static_cast<std::size_t>((outer_ * split_.size + channel) * split_.inner + inner_);
  }
  /// d of a channel: `size` channels count, one more above than below where that is even.
  template <class Op>
  double base(const Op& op, std::span<const double> x, std::int64_t channel) const {
    const std::int64_t first = std::max<std::int64_t>(0, channel - (op.size - 1) / 2);
    const std::int64_t above = std::min(op.size / 2, split_.size - 1 - channel);
    double sum = 0;
    for (std::int64_t j = first; j <= channel + above; ++j) sum += x[at(j)] * x[at(j)];
    return op.bias + op.alpha / static_cast<double>(op.size) * sum;
  }

 private:
  const AxisSplit& split_;
  std::int64_t outer_;
  std::int64_t inner_;
};

/// body(channels) for every vector of channels.
template <class Body>
void for_each_lrn_vector(const AxisSplit& split, Body body) {
  for (std::int64_t outer = 0; outer < split.outer; ++outer) {
    for (std::int64_t inner = 0; inner < split.inner; ++inner) {
      body(LrnChannels(split, outer, inner));
    }
  }
}

}  // namespace tern::ops

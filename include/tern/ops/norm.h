// Normalisations beside those of tern/ops/nn.h, and gradients of normalisations (tern domain).
#pragma once

#include "tern/op.h"

namespace tern::ops {

/// dX, dScale and dBias of GroupNormalization from dY, X and scale. Without `num_groups` every
/// channel is a group: the gradient of InstanceNormalization.
struct GroupNormalizationGrad {
  float epsilon = 1e-5F;
  std::int64_t num_groups = 0;
  static constexpr auto fields = Fields{Field{"epsilon", &GroupNormalizationGrad::epsilon},
                                        Field{"num_groups", &GroupNormalizationGrad::num_groups}};
};

/// X divided by its norm along `axis`: the sum of magnitudes for `p` 1, the root of the sum of
/// squares for `p` 2. Where the norm is 0 the result is 0.
struct LpNormalization {
  std::int64_t axis = -1;
  std::int64_t p = 2;
  static constexpr auto fields =
      Fields{Field{"axis", &LpNormalization::axis}, Field{"p", &LpNormalization::p}};
};

/// (X - mean) / (deviation + 1e-9) with mean and standard deviation over `axes`.
struct MeanVarianceNormalization {
  std::vector<std::int64_t> axes{0, 2, 3};
  static constexpr auto fields = Fields{Field{"axes", &MeanVarianceNormalization::axes}};
};

}  // namespace tern::ops

// What operators of ai.onnx.ml do with the scores of an example before they hand them out.
#pragma once

#include <array>
#include <span>

#include "tern/ops/ml.h"

namespace tern::ops {

/// In place; see PostTransform.
void apply_transform(PostTransform transform, std::span<double> scores);

/// The two scores of a classifier that computes one, `score`, for its second class: the first one
/// without a transform is `1 - score` of what is a share, else `-score`.
std::array<double, 2> two_scores(PostTransform transform, double score, bool is_share);

/// Index of the largest, the first of equals; 0 of none.
std::int64_t largest(std::span<const double> scores);

}  // namespace tern::ops

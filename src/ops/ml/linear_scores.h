// What linear models of ai.onnx.ml share.
#pragma once

#include <span>

#include "graph/op_def.h"

namespace tern::ops {

/// Fails unless `coefficients` are `rows` rows of X's features, and `intercepts` are empty or one a
/// row.
Status check_linear(std::span<const float> coefficients, std::span<const float> intercepts,
                    std::int64_t rows, const TypeInfo& x);

/// scores = coefficients * example + intercepts.
void linear_scores(std::span<const double> example, std::span<const float> coefficients,
                   std::span<const float> intercepts, std::span<double> scores);

}  // namespace tern::ops

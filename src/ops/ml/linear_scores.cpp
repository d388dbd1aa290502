#include "ops/ml/linear_scores.h"

#include "base/errors.h"
#include "ops/ml/svm.h"

namespace tern::ops {

Status check_linear(std::span<const float> coefficients, std::span<const float> intercepts,
                    std::int64_t rows, const TypeInfo& x) {
  TERN_TRY(check_rows("coefficients", coefficients.size(), rows, x));
  if (!intercepts.empty() && static_cast<std::int64_t>(intercepts.size()) != rows) {
    return invalid_argument("intercepts has {} entries, coefficients {} rows", intercepts.size(),
                            rows);
  }
  // Rows without entries could be any number of them.
  if (coefficients.empty()) return invalid_argument("coefficients is empty");
  return {};
}

void linear_scores(std::span<const double> example, std::span<const float> coefficients,
                   std::span<const float> intercepts, std::span<double> scores) {
  for (std::size_t k = 0; k < scores.size(); ++k) {
    double sum = intercepts.empty() ? 0.0 : static_cast<double>(intercepts[k]);
    const auto row = coefficients.subspan(k * example.size(), example.size());
    for (std::size_t i = 0; i < row.size(); ++i) sum += example[i] * static_cast<double>(row[i]);
    scores[k] = sum;
  }
}

}  // namespace tern::ops

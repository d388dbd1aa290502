#include "inspect/model_difference.h"

#include <algorithm>

#include "base/errors.h"
#include "inspect/compare.h"

namespace tern::inspect {
namespace {

// Rows along the last axis, which agreement() counts.
std::int64_t rows_of(const Tensor& t) {
  return t.rank() == 0 ? 1 : t.shape().elements(0, t.rank() - 1);
}

}  // namespace

Result<std::vector<OutputDifference>> compare_models(Session& exact, Session& other,
                                                     std::span<const Sample> samples) {
  const std::size_t count = exact.outputs().size();
  if (other.outputs().size() != count) {
    return invalid_argument("{} outputs beside {}", other.outputs().size(), count);
  }
  std::vector<OutputDifference> differences(count);
  std::vector<double> rows(count, 0.0), same(count, 0.0);
  for (const Sample& sample : samples) {
    TERN_ASSIGN_OR_RETURN(const std::vector<Tensor> want, exact.run(sample));
    TERN_ASSIGN_OR_RETURN(const std::vector<Tensor> got, other.run(sample));
    for (std::size_t i = 0; i < count; ++i) {
      if (want[i].dtype() != got[i].dtype() || want[i].shape() != got[i].shape()) {
        return invalid_argument("output {} is {}{} beside {}{}", exact.outputs()[i].name,
                                to_string(got[i].dtype()), got[i].shape().to_string(),
                                to_string(want[i].dtype()), want[i].shape().to_string());
      }
      const std::optional<Agreement> agreed = agreement(got[i], want[i]);
      if (!agreed || want[i].elements() == 0) continue;
      const auto own_rows = static_cast<double>(rows_of(want[i]));
      differences[i].cosine = std::min(differences[i].cosine, agreed->cosine);
      differences[i].max_abs =
          std::max(differences[i].max_abs, max_absolute_error(got[i], want[i]));
      rows[i] += own_rows;
      same[i] += own_rows * agreed->same_largest;
    }
  }
  std::vector<OutputDifference> result;
  for (std::size_t i = 0; i < count; ++i) {
    if (rows[i] == 0) continue;
    differences[i].name = exact.outputs()[i].name;
    differences[i].same_largest = same[i] / rows[i];
    result.push_back(std::move(differences[i]));
  }
  return result;
}

}  // namespace tern::inspect

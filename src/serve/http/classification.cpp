#include "serve/http/classification.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/errors.h"
#include "serve/tensors/datatypes.h"
#include "tensor/element.h"

namespace tern::serve {

std::vector<std::size_t> top_positions(std::span<const double> scores, std::size_t count) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  count = std::min(count, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    [&](std::size_t a, std::size_t b) {
                      if (scores[a] > scores[b]) return true;
                      if (scores[b] > scores[a]) return false;
                      const bool a_is_number = !std::isnan(scores[a]);
                      const bool b_is_number = !std::isnan(scores[b]);
                      return a_is_number != b_is_number ? a_is_number : a < b;
                    });
  order.resize(count);
  return order;
}

Result<Tensor> classify(const Tensor& scores, std::size_t count, bool rows,
                        std::span<const std::string> labels) {
  const DType dtype = scores.dtype();
  const bool floats = is_floating(dtype);
  if (!floats && !is_integer(dtype)) {
    return invalid_argument("classification is for numbers, not {}", protocol_name(dtype));
  }
  const std::int64_t row_count = rows && scores.rank() > 0 ? scores.dim(0) : 1;
  const std::int64_t per_row = row_count > 0 ? scores.elements() / row_count : 0;
  if (per_row == 0) {
    return invalid_argument("classification of shape {}, which has no scores",
                            scores.shape().to_string());
  }
  const auto top = std::min<std::int64_t>(per_row, static_cast<std::int64_t>(std::min<std::size_t>(
                                                       count, static_cast<std::size_t>(per_row))));
  TERN_ASSIGN_OR_RETURN(Tensor result,
                        Tensor::zeros(DType::kString, rows ? Shape{row_count, top} : Shape{top}));
  std::string* text = result.mutable_data<std::string>();
  std::vector<double> row(static_cast<std::size_t>(per_row));
  for (std::int64_t r = 0; r < row_count; ++r) {
    const std::int64_t first = r * per_row;
    for (std::int64_t i = 0; i < per_row; ++i) {
      row[static_cast<std::size_t>(i)] =
          floats ? load_f64(dtype)(scores.raw(), first + i)
                 : static_cast<double>(load_i64(dtype)(scores.raw(), first + i));
    }
    for (const std::size_t position : top_positions(row, static_cast<std::size_t>(top))) {
      *text = floats ? fmt::format("{:f}:{}", row[position], position)
                     : fmt::format("{:.0f}:{}", row[position], position);
      if (position < labels.size()) *text += ":" + labels[position];
      ++text;
    }
  }
  return result;
}

}  // namespace tern::serve

#include "ops/ml/features.h"

#include "base/errors.h"

namespace tern::ops {

Result<Dim> example_count(const TypeInfo& x) {
  if (x.rank() == 1) return Dim(1);
  if (x.rank() == 2) return x.shape[0];
  return invalid_argument("X has rank {}, not 1 or 2", x.rank());
}

Dim feature_count(const TypeInfo& x) { return x.shape.back(); }

Status check_features(const TypeInfo& x, std::int64_t wanted, std::string_view what) {
  const Dim columns = feature_count(x);
  if (columns.known() && columns.value() != wanted) {
    return invalid_argument("X has {} features, {} {}", columns.value(), what, wanted);
  }
  return {};
}

ExampleReader::ExampleReader(const Tensor& x)
    : reader_(x),
      examples_(x.rank() == 1 ? 1 : x.dim(0)),
      features_(x.dim(x.rank() - 1)),
      row_(static_cast<std::size_t>(features_)) {}

std::span<const double> ExampleReader::row(std::int64_t i) {
  for (std::size_t k = 0; k < row_.size(); ++k) {
    row_[k] = reader_[i * features_ + static_cast<std::int64_t>(k)];
  }
  return row_;
}

void set_row(Tensor& matrix, std::int64_t i, std::span<const double> row) {
  float* to = matrix.mutable_data<float>() + i * static_cast<std::int64_t>(row.size());
  for (const double value : row) *to++ = static_cast<float>(value);
}

Status check_per_feature(const TypeInfo& x, std::size_t entries, std::string_view what) {
  if (entries == 1) return {};
  if (x.rank() == 0) return invalid_argument("{} has {} entries, X is a scalar", what, entries);
  const Dim columns = feature_count(x);
  if (columns.known() && columns.value() != static_cast<std::int64_t>(entries)) {
    return invalid_argument("{} has {} entries, X has {} features", what, entries, columns.value());
  }
  return {};
}

Result<std::vector<double>> number_list(std::string_view name, std::span<const float> floats,
                                        const Tensor& tensor) {
  if (!tensor.defined()) return std::vector<double>(floats.begin(), floats.end());
  if (!floats.empty()) return invalid_argument("{} and {}_as_tensor are both given", name, name);
  if (tensor.dtype() != DType::kF32 && tensor.dtype() != DType::kF64) {
    return invalid_argument("{}_as_tensor is {}, not f32 or f64", name, to_string(tensor.dtype()));
  }
  return read_f64(tensor);
}

}  // namespace tern::ops

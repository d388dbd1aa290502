#include "train/data/label_field.h"

#include <algorithm>

#include "base/errors.h"
#include "tensor/element.h"
#include "tern/data_files.h"

namespace tern {
namespace {

constexpr std::int64_t kMostClasses = 1'000'000;

}  // namespace

Result<TensorField> label_field(const Tensor& labels, std::int64_t rows, const std::string& file) {
  if (labels.rank() == 0 || labels.dim(0) != rows || labels.elements() != rows) {
    return data_loss("{}: labels of shape {} for {} inputs", file, labels.shape().to_string(),
                     rows);
  }
  TensorField field{.name = std::string(kLabelField)};
  if (is_floating(labels.dtype())) {
    TERN_ASSIGN_OR_RETURN(const Tensor numbers, scaled_to_f32(labels, 1));
    TERN_ASSIGN_OR_RETURN(field.tensor, numbers.reshape({rows, 1}));
    return field;
  }
  const LoadI64 load = load_i64(labels.dtype());
  if (load == nullptr) return data_loss("{}: labels of {}", file, to_string(labels.dtype()));
  TERN_ASSIGN_OR_RETURN(field.tensor, Tensor::uninitialized(DType::kI64, {rows}));
  std::int64_t classes = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t label = load(labels.raw(), i);
    if (label < 0 || label >= kMostClasses) {
      return data_loss("{}: label {} of row {} is not in [0, {})", file, label, i, kMostClasses);
    }
    field.tensor.mutable_data<std::int64_t>()[i] = label;
    classes = std::max(classes, label + 1);
  }
  for (std::int64_t c = 0; c < classes; ++c) field.classes.push_back(std::to_string(c));
  return field;
}

Result<Tensor> scaled_to_f32(const Tensor& tensor, float scale) {
  if (tensor.dtype() == DType::kF32 && scale == 1) return tensor;
  const LoadF64 load = load_f64(tensor.dtype());
  if (load == nullptr) return data_loss("elements of {} are no numbers", to_string(tensor.dtype()));
  TERN_ASSIGN_OR_RETURN(Tensor out, Tensor::uninitialized(DType::kF32, tensor.shape()));
  const std::span<float> values = out.mutable_span<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(load(tensor.raw(), static_cast<std::int64_t>(i)) * scale);
  }
  return out;
}

}  // namespace tern

// Datasets whose rows are the rows of tensors in memory.
#include <algorithm>

#include "base/errors.h"
#include "train/data/row_copy.h"
#include "train/data/tensor_source.h"

namespace tern {
namespace {

class TensorSource final : public DatasetSource {
 public:
  TensorSource(std::vector<DataField> fields, std::vector<Tensor> tensors, std::int64_t size)
      : fields_(std::move(fields)), tensors_(std::move(tensors)), size_(size) {}

  std::span<const DataField> fields() const override { return fields_; }
  std::int64_t size() const override { return size_; }

  Status read(std::int64_t row, std::span<Tensor> out) const override {
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      TERN_ASSIGN_OR_RETURN(const Tensor from, tensors_[i].slice(row, row + 1));
      copy_elements(from, out[i]);
    }
    return {};
  }

 private:
  std::vector<DataField> fields_;
  std::vector<Tensor> tensors_;
  std::int64_t size_;
};

}  // namespace

Result<Dataset> dataset_of(std::vector<TensorField> tensors) {
  std::vector<DataField> fields;
  std::vector<Tensor> columns;
  for (auto& [name, tensor, classes] : tensors) {
    if (!tensor.defined()) return invalid_argument("field {}: there is no tensor", name);
    if (tensor.rank() == 0) return invalid_argument("field {}: a scalar has no rows", name);
    if (std::ranges::find(fields, name, &DataField::name) != fields.end()) {
      return invalid_argument("two fields are named {}", name);
    }
    if (!columns.empty() && tensor.dim(0) != columns[0].dim(0)) {
      return invalid_argument("field {} has {} rows, field {} has {}", name, tensor.dim(0),
                              fields[0].name, columns[0].dim(0));
    }
    const Shape row(tensor.shape().dims().subspan(1));
    if (!rows_are_whole_bytes(tensor.dtype(), row.elements())) {
      return unimplemented("field {}: rows of {} {} are no whole bytes", name, row.elements(),
                           to_string(tensor.dtype()));
    }
    fields.push_back(
        {.name = name, .dtype = tensor.dtype(), .shape = row, .classes = std::move(classes)});
    columns.push_back(std::move(tensor));
  }
  if (columns.empty()) return invalid_argument("a dataset needs a field");
  const std::int64_t size = columns[0].dim(0);
  return Dataset(std::make_shared<TensorSource>(std::move(fields), std::move(columns), size));
}

Result<Dataset> Dataset::from_tensors(std::vector<std::pair<std::string, Tensor>> tensors) {
  std::vector<TensorField> fields;
  for (auto& [name, tensor] : tensors) {
    fields.push_back({.name = std::move(name), .tensor = std::move(tensor)});
  }
  return dataset_of(std::move(fields));
}

}  // namespace tern

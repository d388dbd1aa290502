// NumPy files as datasets.
#include "base/compress.h"
#include "base/errors.h"
#include "tensor/npy.h"
#include "tern/data_files.h"
#include "train/data/label_field.h"

namespace tern {
namespace {

Result<Tensor> read_rows(const std::string& path, std::uint64_t max_bytes) {
  TERN_ASSIGN_OR_RETURN(const std::string content, read_file_unzipped(path, max_bytes));
  Result<Tensor> tensor = parse_npy(std::as_bytes(std::span<const char>(content)));
  if (!tensor.ok()) return std::move(tensor).status().with_context(path);
  if (tensor->rank() == 0) return data_loss("{}: a single number has no rows", path);
  return tensor;
}

}  // namespace

Result<Dataset> open_npy(const std::string& inputs, const std::string& labels,
                         std::uint64_t max_bytes) {
  TERN_ASSIGN_OR_RETURN(const Tensor raw, read_rows(inputs, max_bytes));
  Result<Tensor> numbers = scaled_to_f32(raw, 1);
  if (!numbers.ok()) return std::move(numbers).status().with_context(inputs);
  std::vector<TensorField> fields{{.name = std::string(kInputField), .tensor = *numbers}};
  if (!labels.empty()) {
    TERN_ASSIGN_OR_RETURN(const Tensor label, read_rows(labels, max_bytes));
    TERN_ASSIGN_OR_RETURN(TensorField field, label_field(label, raw.dim(0), labels));
    fields.push_back(std::move(field));
  }
  return dataset_of(std::move(fields));
}

}  // namespace tern

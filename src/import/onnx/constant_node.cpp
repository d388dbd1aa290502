#include "import/onnx/constant_node.h"

#include "base/errors.h"

namespace tern::onnx {
namespace {

template <class T, class Scalar>
Result<Tensor> scalar_of(const AttributeValue& value) {
  const T* typed = std::get_if<T>(&value);
  if (typed == nullptr) return invalid_argument("is of another kind");
  return Tensor::scalar<Scalar>(*typed);
}

template <class T>
Result<Tensor> vector_of(const AttributeValue& value) {
  const auto* typed = std::get_if<std::vector<T>>(&value);
  if (typed == nullptr) return invalid_argument("is of another kind");
  return Tensor::vector<T>(std::span<const T>(*typed));
}

Result<Tensor> tensor_of(const AttributeValue& value) {
  const Tensor* tensor = std::get_if<Tensor>(&value);
  if (tensor == nullptr) return invalid_argument("is of another kind");
  return *tensor;
}

Result<Tensor> value_of(std::string_view name, const AttributeValue& value) {
  if (name == "value" || name == "sparse_value") return tensor_of(value);
  if (name == "value_int") return scalar_of<std::int64_t, std::int64_t>(value);
  if (name == "value_float") return scalar_of<float, float>(value);
  if (name == "value_string") return scalar_of<std::string, std::string>(value);
  if (name == "value_ints") return vector_of<std::int64_t>(value);
  if (name == "value_floats") return vector_of<float>(value);
  if (name == "value_strings") return vector_of<std::string>(value);
  return invalid_argument("is none of Constant");
}

}  // namespace

Result<Tensor> constant_value(const NodeDraft::Attributes& attributes) {
  if (attributes.size() != 1) {
    return invalid_argument("Constant has {} attributes, not 1", attributes.size());
  }
  const auto& [name, value] = attributes.front();
  Result<Tensor> tensor = value_of(name, value);
  if (!tensor.ok()) {
    return std::move(tensor).status().with_context(fmt::format("attribute '{}'", name));
  }
  return tensor;
}

}  // namespace tern::onnx

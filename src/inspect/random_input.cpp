#include "inspect/random_input.h"

#include <algorithm>

#include "base/errors.h"
#include "base/random.h"
#include "tensor/element.h"

namespace tern::inspect {
namespace {

// Sizes that are open are 1.
Shape with_open_sizes_one(const TypeInfo& type) {
  Shape shape;
  for (const Dim& dim : type.shape) shape.push_back(dim.known() ? dim.value() : 1);
  return shape;
}

Result<Shape> shape_for(const IoInfo& input, const ShapeOverrides& shapes) {
  if (const auto given = shapes.find(input.name); given != shapes.end()) {
    return Shape::from(given->second);
  }
  if (!input.type.has_rank) {
    return invalid_argument("input {} has no declared shape: give one with --shape {}=...",
                            input.name, input.name);
  }
  return with_open_sizes_one(input.type);
}

void fill(Tensor& tensor, RandomStream& random) {
  const std::int64_t count = tensor.elements();
  if (tensor.dtype() == DType::kString) {
    for (std::string& text : tensor.mutable_span<std::string>()) {
      text = std::to_string(random.below(10));
    }
  } else if (is_complex(tensor.dtype())) {
    // Zeros: no model that anyone exports takes complex inputs.
  } else if (is_floating(tensor.dtype())) {
    const StoreF64 store = store_f64(tensor.dtype());
    for (std::int64_t i = 0; i < count; ++i) store(tensor.mutable_raw(), i, random.uniform_float());
  } else {
    const StoreI64 store = store_i64(tensor.dtype());
    for (std::int64_t i = 0; i < count; ++i) {
      store(tensor.mutable_raw(), i, static_cast<std::int64_t>(random.below(2)));
    }
  }
}

Result<Tensor> random_tensor(DType dtype, const Shape& shape, RandomStream& random) {
  TERN_ASSIGN_OR_RETURN(Tensor tensor, Tensor::zeros(dtype, shape));
  fill(tensor, random);
  return tensor;
}

// Sequences and optionals hold random values of their items' type; a rank that is not known is 0.
Result<Tensor> random_value(const TypeInfo& type, const Shape& shape, RandomStream& random) {
  if (!is_container(type.dtype)) return random_tensor(type.dtype, shape, random);
  if (type.dtype == DType::kMap || type.element == nullptr) {
    return invalid_argument("there are no random values of type {}{}", to_string(type.dtype),
                            type.dtype == DType::kMap ? "" : " whose items are not known");
  }
  std::vector<Tensor> items;
  for (std::int64_t i = 0, n = shape.elements(); i < n; ++i) {
    TERN_ASSIGN_OR_RETURN(Tensor item,
                          random_value(*type.element, with_open_sizes_one(*type.element), random));
    items.push_back(std::move(item));
  }
  return Tensor::container(type.dtype, std::move(items));
}

}  // namespace

Result<Tensor> random_input(const IoInfo& input, const ShapeOverrides& shapes, std::uint64_t seed) {
  TERN_ASSIGN_OR_RETURN(const Shape shape, shape_for(input, shapes));
  RandomStream random(seed);
  Result<Tensor> value = random_value(input.type, shape, random);
  if (!value.ok()) return value.status().with_context(fmt::format("input {}", input.name));
  return value;
}

Status check_overrides(const Session& session, const ShapeOverrides& shapes) {
  for (const auto& [name, dims] : shapes) {
    if (std::ranges::find(session.inputs(), name, &IoInfo::name) == session.inputs().end()) {
      return not_found("--shape {}: the model has no such input", name);
    }
  }
  return {};
}

Result<std::vector<Tensor>> random_inputs(const Session& session, const ShapeOverrides& shapes,
                                          std::uint64_t seed) {
  TERN_TRY(check_overrides(session, shapes));
  std::vector<Tensor> tensors;
  for (const IoInfo& input : session.inputs()) {
    TERN_ASSIGN_OR_RETURN(Tensor tensor, random_input(input, shapes, seed + tensors.size()));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace tern::inspect

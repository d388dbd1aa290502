#include "inspect/random_input.h"

#include <algorithm>

#include "base/errors.h"
#include "base/random.h"
#include "tensor/element.h"

namespace tern::inspect {
namespace {

Result<Shape> shape_for(const IoInfo& input, const ShapeOverrides& shapes) {
  if (const auto given = shapes.find(input.name); given != shapes.end()) {
    return Shape::from(given->second);
  }
  if (!input.type.has_rank) {
    return invalid_argument("input {} has no declared shape: give one with --shape {}=...",
                            input.name, input.name);
  }
  Shape shape;
  for (const Dim& dim : input.type.shape) shape.push_back(dim.known() ? dim.value() : 1);
  return shape;
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

}  // namespace

Result<Tensor> random_input(const IoInfo& input, const ShapeOverrides& shapes, std::uint64_t seed) {
  TERN_ASSIGN_OR_RETURN(const Shape shape, shape_for(input, shapes));
  Result<Tensor> tensor = Tensor::zeros(input.type.dtype, shape);
  if (!tensor.ok()) return tensor.status().with_context(fmt::format("input {}", input.name));
  RandomStream random(seed);
  fill(*tensor, random);
  return tensor;
}

Result<std::vector<Tensor>> random_inputs(const Session& session, const ShapeOverrides& shapes,
                                          std::uint64_t seed) {
  for (const auto& [name, dims] : shapes) {
    if (std::ranges::find(session.inputs(), name, &IoInfo::name) == session.inputs().end()) {
      return not_found("--shape {}: the model has no such input", name);
    }
  }
  std::vector<Tensor> tensors;
  for (const IoInfo& input : session.inputs()) {
    TERN_ASSIGN_OR_RETURN(Tensor tensor, random_input(input, shapes, seed + tensors.size()));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace tern::inspect

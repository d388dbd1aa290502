#include "ops/sequence/items.h"

#include "base/errors.h"
#include "ops/axes.h"
#include "tern/ops/tensor.h"

namespace tern::ops {
namespace {

Result<Tensor> run_one(Op op, std::span<const Tensor* const> inputs) {
  TERN_ASSIGN_OR_RETURN(std::vector<Tensor> results, run_reference(op, inputs, 1));
  return std::move(results[0]);
}

}  // namespace

Result<Tensor> keep(const Tensor& tensor) {
  if (!tensor.defined() || tensor.owner() != nullptr) return tensor;
  return tensor.clone();
}

Result<Tensor> join(std::span<const Tensor> items, std::int64_t axis) {
  if (items.empty()) return invalid_argument("a sequence without items cannot be joined");
  std::vector<const Tensor*> inputs;
  for (const Tensor& item : items) inputs.push_back(&item);
  return run_one(Concat{.axis = axis}, inputs);
}

Result<Tensor> stack(std::span<const Tensor> items, std::int64_t axis, const TypeInfo& item) {
  if (items.empty()) {
    tern::Shape shape;
    for (const Dim& dim : item.shape) shape.push_back(dim.known() ? dim.value() : 0);
    TERN_ASSIGN_OR_RETURN(const int at, normalize_axis(axis, shape.rank() + 1));
    tern::Shape stacked;
    for (int i = 0; i <= shape.rank(); ++i) {
      stacked.push_back(i == at ? 0 : shape[i < at ? i : i - 1]);
    }
    return Tensor::zeros(item.dtype, stacked);
  }
  TERN_ASSIGN_OR_RETURN(const int at, normalize_axis(axis, items[0].rank() + 1));
  std::vector<Tensor> slices;
  for (const Tensor& tensor : items) {
    tern::Shape shape;
    for (int i = 0; i <= tensor.rank(); ++i) {
      if (i == at) shape.push_back(1);
      if (i < tensor.rank()) shape.push_back(tensor.dim(i));
    }
    if (shape.rank() > tern::Shape::kMaxRank) {
      return invalid_argument("a stack of rank {}, the limit is {}", shape.rank(),
                              tern::Shape::kMaxRank);
    }
    TERN_ASSIGN_OR_RETURN(Tensor slice, tensor.reshape(shape));
    slices.push_back(std::move(slice));
  }
  return join(slices, at);
}

Result<Tensor> element_at(const Tensor& tensor, std::int64_t axis, std::int64_t index) {
  const Tensor position = Tensor::scalar<std::int64_t>(index);
  const Tensor* inputs[] = {&tensor, &position};
  return run_one(Gather{.axis = axis}, inputs);
}

TypeInfo item_type(const TypeInfo& container) {
  return container.element == nullptr ? TypeInfo() : *container.element;
}

Result<std::size_t> item_index(std::int64_t position, std::int64_t count) {
  if (position < -count || position >= count) {
    return out_of_range("position {} of a sequence of {} items", position, count);
  }
  return static_cast<std::size_t>(position < 0 ? position + count : position);
}

}  // namespace tern::ops

#include "train/batch_adapter.h"

#include "base/errors.h"
#include "tensor/element.h"

namespace tern::train {
namespace {

Result<Tensor> convert(const Tensor& from, DType dtype) {
  const LoadF64 load = load_f64(from.dtype());
  const StoreF64 store = store_f64(dtype);
  if (load == nullptr || store == nullptr) return from;
  TERN_ASSIGN_OR_RETURN(Tensor to, Tensor::uninitialized(dtype, from.shape()));
  const std::int64_t n = from.elements();
  if (is_floating(from.dtype()) || is_floating(dtype)) {
    for (std::int64_t i = 0; i < n; ++i) store(to.mutable_raw(), i, load(from.raw(), i));
  } else {  // integers beyond 2^53 too
    const LoadI64 load_exact = load_i64(from.dtype());
    const StoreI64 store_exact = store_i64(dtype);
    for (std::int64_t i = 0; i < n; ++i)
      store_exact(to.mutable_raw(), i, load_exact(from.raw(), i));
  }
  return to;
}

}  // namespace

Result<Tensor> adapt_batch(const Tensor& batch, const TypeInfo& wanted) {
  Tensor result = batch;
  if (!batch.defined() || batch.rank() == 0) return result;
  if (wanted.dtype != DType::kUndefined && wanted.dtype != batch.dtype()) {
    TERN_ASSIGN_OR_RETURN(result, convert(batch, wanted.dtype));
  }
  if (!wanted.has_rank || wanted.rank() == 0) return result;
  Shape shape{batch.dim(0)};
  for (int axis = 1; axis < wanted.rank(); ++axis) {
    const Dim& dim = wanted.shape[static_cast<std::size_t>(axis)];
    if (!dim.known()) return result;
    shape.push_back(dim.value());
  }
  if (shape == result.shape() || shape.elements() != result.elements()) return result;
  return result.reshape(shape);
}

}  // namespace tern::train

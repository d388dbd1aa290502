#include "ops/broadcast.h"

#include <algorithm>

#include "base/errors.h"

namespace tern {
namespace {

Result<Dim> broadcast_dim(const Dim& a, const Dim& b) {
  if (a.known() && b.known()) {
    if (a.value() == b.value() || b.value() == 1) return a;
    if (a.value() == 1) return b;
    return invalid_argument("sizes {} and {} do not broadcast", a.value(), b.value());
  }
  if (a.known()) return a.value() == 1 ? b : (a.value() > 1 ? a : Dim());
  if (b.known()) return b.value() == 1 ? a : (b.value() > 1 ? b : Dim());
  return same(a, b) ? a : Dim();
}

}  // namespace

Result<std::vector<Dim>> broadcast_dims(std::span<const Dim> a, std::span<const Dim> b) {
  if (a.size() < b.size()) std::swap(a, b);
  std::vector<Dim> out(a.begin(), a.end());
  const std::size_t lead = a.size() - b.size();
  for (std::size_t i = 0; i < b.size(); ++i) {
    TERN_ASSIGN_OR_RETURN(out[lead + i], broadcast_dim(a[lead + i], b[i]));
  }
  return out;
}

Result<std::vector<Dim>> broadcast_all(std::span<const TypeInfo> inputs) {
  std::vector<Dim> out;
  for (const TypeInfo& input : inputs) {
    if (input.dtype == DType::kUndefined) continue;
    TERN_ASSIGN_OR_RETURN(out, broadcast_dims(out, input.shape));
  }
  return out;
}

Shape broadcast_shapes(const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  Shape out;
  for (int axis = 0; axis < rank; ++axis) {
    const int ia = axis - (rank - a.rank());
    const int ib = axis - (rank - b.rank());
    const std::int64_t da = ia >= 0 ? a[ia] : 1;
    const std::int64_t db = ib >= 0 ? b[ib] : 1;
    out.push_back(da == 1 ? db : da);
  }
  return out;
}

Shape broadcast_strides(const Shape& shape, const Shape& out) {
  const Shape own = shape.strides();
  const int lead = out.rank() - shape.rank();
  Shape strides;
  for (int axis = 0; axis < out.rank(); ++axis) {
    const int i = axis - lead;
    strides.push_back(i >= 0 && shape[i] != 1 ? own[i] : 0);
  }
  return strides;
}

void for_each_offset(const Shape& out, const Shape& strides,
                     FunctionRef<void(std::int64_t, std::int64_t)> body) {
  Shape zero = strides;
  std::fill(zero.begin(), zero.end(), 0);
  for_each_offset(out, strides, zero,
                  [&](std::int64_t i, std::int64_t a, std::int64_t) { body(i, a); });
}

void for_each_offset(const Shape& out, const Shape& strides_a, const Shape& strides_b,
                     FunctionRef<void(std::int64_t, std::int64_t, std::int64_t)> body) {
  const std::int64_t count = out.elements();
  Shape index = out;
  std::fill(index.begin(), index.end(), 0);
  std::int64_t a = 0;
  std::int64_t b = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    body(i, a, b);
    for (int axis = out.rank() - 1; axis >= 0; --axis) {
      a += strides_a[axis];
      b += strides_b[axis];
      if (++index[axis] < out[axis]) break;
      a -= strides_a[axis] * out[axis];
      b -= strides_b[axis] * out[axis];
      index[axis] = 0;
    }
  }
}

}  // namespace tern

// What MaxUnpool and its gradient share: the sizes of the tensor that was pooled.
#pragma once

#include <optional>
#include <vector>

#include "base/checked_math.h"
#include "base/errors.h"
#include "ops/nn/window.h"
#include "ops/reference.h"

namespace tern::ops {

/// The shape that MaxPool reduced to `x` [N, C, spatial...]; unknown where x is. Fails where no
/// pooling can have made it.
template <class Op>
Result<std::vector<Dim>> unpooled_dims(const Op& op, const std::vector<Dim>& x) {
  if (x.size() < 3) return invalid_argument("X has rank {}, not at least 3", x.size());
  const WindowSpec spec{.kernel = op.kernel_shape, .strides = op.strides, .pads = op.pads};
  TERN_ASSIGN_OR_RETURN(const std::vector<WindowAxis> axes, window_axes(spec, x.size() - 2));
  std::vector<Dim> dims = x;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const Dim& windows = x[i + 2];
    dims[i + 2] = Dim();
    if (!windows.known()) continue;
    const std::int64_t kept = axes[i].extent() - axes[i].pad_begin - axes[i].pad_end;
    const auto steps = checked_mul(windows.value() - 1, axes[i].stride);
    const auto size = steps ? checked_add(*steps, kept) : std::nullopt;
    if (!size || *size < 0) {
      return invalid_argument("{} windows of {} with stride {} and pads {}, {} cover no axis",
                              windows.value(), axes[i].kernel, axes[i].stride, axes[i].pad_begin,
                              axes[i].pad_end);
    }
    dims[i + 2] = Dim(*size);
  }
  return dims;
}

/// The offset in a larger tensor of element `i` of one of shape `inner` that stands at its start.
inline std::int64_t offset_within(std::int64_t i, const tern::Shape& inner,
                                  const tern::Shape& strides) {
  std::int64_t offset = 0;
  for (int axis = inner.rank() - 1; axis >= 0; --axis) {
    offset += i % inner[axis] * strides[axis];
    i /= inner[axis];
  }
  return offset;
}

/// body(i, at) for every element i of X, at being its place in a tensor of shape `y`. Fails for an
/// index outside the pooled tensor.
template <class Op, class Body>
Status for_each_unpooled(const Op& op, const Tensor& indices, const tern::Shape& y, Body body) {
  const TypeInfo x = TypeInfo::of(indices);
  TERN_ASSIGN_OR_RETURN(const std::vector<Dim> dims, unpooled_dims(op, x.shape));
  const tern::Shape inner = TypeInfo(x.dtype, dims).concrete_shape();
  const tern::Shape strides = y.strides();
  const std::int64_t count = inner.elements();
  const IntReader at(indices);
  for (std::int64_t i = 0; i < indices.elements(); ++i) {
    if (at[i] < 0 || at[i] >= count) {
      return out_of_range("I has {} at {}, the tensor has {} elements", at[i], i, count);
    }
    body(i, offset_within(at[i], inner, strides));
  }
  return {};
}

}  // namespace tern::ops

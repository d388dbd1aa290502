// What Slice and SliceGrad share: the ranges of all axes from starts, ends, axes and steps.
#pragma once

#include <optional>

#include "graph/op_def.h"
#include "ops/reference.h"

namespace tern::ops {

/// The places start, start + step, ... of one axis, `count` of them.
struct AxisRange {
  std::int64_t start = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
};

/// start:end:step on an axis of `size`: negative bounds count from the end, bounds beyond the axis
/// are clamped. `step` is not 0. Unlike numpy's, a backward start before the axis means its first
/// element (ONNX).
AxisRange clamp_range(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t size);

/// The symbolic sizes of data sliced by inputs [first, first + 4) of the context: starts, ends,
/// axes, steps. Unknown values make unknown sizes.
Result<std::vector<Dim>> sliced_dims(const InferContext& c, const std::vector<Dim>& data,
                                     std::size_t first);

/// One range per axis of data, from the same four inputs at run time.
Result<std::vector<AxisRange>> slice_ranges(const ReferenceContext& c, const tern::Shape& data,
                                            std::size_t first);

/// Where a slice starts in data and the strides it is read with, in elements.
struct SliceWalk {
  std::int64_t offset = 0;
  tern::Shape strides;
  tern::Shape sizes;
};
SliceWalk walk_of(const std::vector<AxisRange>& ranges, const tern::Shape& data);

}  // namespace tern::ops

#include "ops/tensor/slicing.h"

#include <algorithm>
#include <limits>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/tensor/dims.h"

namespace tern::ops {
namespace {

using Ints = std::vector<std::int64_t>;

// The four inputs of a slice with their values, as far as they are known.
struct SliceInputs {
  std::optional<Ints> starts, ends, axes, steps;
};

// `axes` counted from the front, without duplicates, in the order given.
Result<std::vector<int>> axes_in_order(const Ints& axes, int rank) {
  TERN_ASSIGN_OR_RETURN(const std::vector<int> sorted, normalize_axes(axes, rank));
  std::vector<int> order;
  for (const std::int64_t axis : axes) order.push_back(*normalize_axis(axis, rank));
  return order;
}

Ints first_axes(std::size_t count) {
  Ints axes(count);
  for (std::size_t i = 0; i < count; ++i) axes[i] = static_cast<std::int64_t>(i);
  return axes;
}

Status check_lengths(const SliceInputs& in, std::size_t axes) {
  const auto check = [&](const std::optional<Ints>& list, std::string_view name) -> Status {
    if (!list || list->size() == axes) return {};
    return invalid_argument("{} has {} entries for {} axes", name, list->size(), axes);
  };
  TERN_TRY(check(in.starts, "starts"));
  TERN_TRY(check(in.ends, "ends"));
  TERN_TRY(check(in.steps, "steps"));
  if (in.steps && std::ranges::find(*in.steps, 0) != in.steps->end()) {
    return invalid_argument("a step is 0");
  }
  return {};
}

Dim sliced_dim(const Dim& dim, std::int64_t start, std::int64_t end, std::int64_t step) {
  if (dim.known()) return Dim(clamp_range(start, end, step, dim.value()).count);
  // What exporters write for "to the end".
  constexpr std::int64_t kToTheEnd = std::numeric_limits<std::int32_t>::max();
  return start == 0 && end >= kToTheEnd && step == 1 ? dim : Dim();
}

}  // namespace

AxisRange clamp_range(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t size) {
  // A step beyond the axis in either direction means the same as one just beyond it.
  step = std::clamp<std::int64_t>(step, -size - 1, size + 1);
  if (start < 0) start += size;
  if (end < 0) end += size;
  if (step > 0) {
    start = std::clamp<std::int64_t>(start, 0, size);
    end = std::clamp<std::int64_t>(end, 0, size);
    return {start, step, end <= start ? 0 : (end - start + step - 1) / step};
  }
  if (size == 0) return {0, step, 0};
  start = std::clamp<std::int64_t>(start, 0, size - 1);
  end = std::clamp<std::int64_t>(end, -1, size - 1);
  return {start, step, end >= start ? 0 : (start - end - step - 1) / -step};
}

Result<std::vector<Dim>> sliced_dims(const InferContext& c, const std::vector<Dim>& data,
                                     std::size_t first) {
  TERN_TRY(check_vector(c, first, "starts"));
  TERN_TRY(check_vector(c, first + 1, "ends"));
  TERN_TRY(check_vector(c, first + 2, "axes"));
  TERN_TRY(check_vector(c, first + 3, "steps"));
  SliceInputs in{c.ints(first), c.ints(first + 1), c.ints(first + 2), c.ints(first + 3)};
  const Dim& count = c.in[first].shape[0];
  if (!c.has(first + 2) && count.known()) {
    if (count.value() > static_cast<std::int64_t>(data.size())) {
      return invalid_argument("starts has {} entries for rank {}", count.value(), data.size());
    }
    in.axes = first_axes(static_cast<std::size_t>(count.value()));
  }
  if (!in.axes) return std::vector<Dim>(data.size());
  TERN_ASSIGN_OR_RETURN(const std::vector<int> axes,
                        axes_in_order(*in.axes, static_cast<int>(data.size())));
  if (!c.has(first + 3)) in.steps = Ints(axes.size(), 1);
  TERN_TRY(check_lengths(in, axes.size()));
  std::vector<Dim> out = data;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    Dim& dim = out[static_cast<std::size_t>(axes[i])];
    const bool known = in.starts && in.ends && in.steps;
    dim = known ? sliced_dim(dim, (*in.starts)[i], (*in.ends)[i], (*in.steps)[i]) : Dim();
  }
  return out;
}

Result<std::vector<AxisRange>> slice_ranges(const ReferenceContext& c, const tern::Shape& data,
                                            std::size_t first) {
  SliceInputs in{.starts = int_list(c.in(first)), .ends = int_list(c.in(first + 1))};
  in.axes = c.has(first + 2) ? int_list(c.in(first + 2)) : first_axes(in.starts->size());
  in.steps = c.has(first + 3) ? int_list(c.in(first + 3)) : Ints(in.axes->size(), 1);
  TERN_ASSIGN_OR_RETURN(const std::vector<int> axes, axes_in_order(*in.axes, data.rank()));
  TERN_TRY(check_lengths(in, axes.size()));
  std::vector<AxisRange> ranges;
  for (const std::int64_t size : data) ranges.push_back({0, 1, size});
  for (std::size_t i = 0; i < axes.size(); ++i) {
    ranges[static_cast<std::size_t>(axes[i])] =
        clamp_range((*in.starts)[i], (*in.ends)[i], (*in.steps)[i], data[axes[i]]);
  }
  return ranges;
}

SliceWalk walk_of(const std::vector<AxisRange>& ranges, const tern::Shape& data) {
  const tern::Shape strides = data.strides();
  SliceWalk walk;
  for (int axis = 0; axis < data.rank(); ++axis) {
    const AxisRange& range = ranges[static_cast<std::size_t>(axis)];
    walk.offset += range.start * strides[axis];
    walk.strides.push_back(range.step * strides[axis]);
    walk.sizes.push_back(range.count);
  }
  return walk;
}

}  // namespace tern::ops

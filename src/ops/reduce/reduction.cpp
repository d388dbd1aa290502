#include "ops/reduce/reduction.h"

#include <algorithm>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/broadcast.h"

namespace tern::ops {
namespace {

std::vector<int> all_axes(int rank) {
  std::vector<int> axes(static_cast<std::size_t>(rank));
  for (int i = 0; i < rank; ++i) axes[static_cast<std::size_t>(i)] = i;
  return axes;
}

}  // namespace

Status infer_reduction(InferContext& c, bool keepdims, bool noop) {
  const TypeInfo& x = c.in[0];
  std::vector<int> axes;
  if (c.has(1)) {
    const std::optional<std::vector<std::int64_t>> named = c.ints(1);
    if (!named) {
      c.out.push_back(keepdims ? TypeInfo(x.dtype, std::vector<Dim>(x.shape.size()))
                               : TypeInfo::of(x.dtype));
      return {};
    }
    TERN_ASSIGN_OR_RETURN(axes, normalize_axes(*named, x.rank()));
  }
  if (axes.empty() && !noop) axes = all_axes(x.rank());
  std::vector<Dim> out;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (!std::ranges::binary_search(axes, axis)) {
      out.push_back(x.shape[static_cast<std::size_t>(axis)]);
    } else if (keepdims) {
      out.emplace_back(1);
    }
  }
  c.out.emplace_back(x.dtype, std::move(out));
  return {};
}

std::vector<int> reduced_axes(const ReferenceContext& c, bool noop) {
  const int rank = c.in(0).rank();
  std::vector<int> axes;
  if (c.has(1)) {
    const IntReader named(c.in(1));
    for (std::int64_t i = 0; i < c.in(1).elements(); ++i) {
      axes.push_back(static_cast<int>(named[i] < 0 ? named[i] + rank : named[i]));
    }
  }
  return axes.empty() && !noop ? all_axes(rank) : axes;
}

void reference_reduction(ReferenceContext& c, bool noop, double init,
                         FunctionRef<double(double, double)> step,
                         FunctionRef<double(double, std::int64_t)> finish) {
  const Tensor& x = c.in(0);
  // Kept axes with their sizes, reduced axes as 1: the output read at every input index.
  Shape kept = x.shape();
  std::int64_t count = 1;
  for (const int axis : reduced_axes(c, noop)) {
    count *= kept[axis];
    kept[axis] = 1;
  }
  std::vector<double> sums(static_cast<std::size_t>(kept.elements()), init);
  const FloatReader in(x);
  for_each_offset(x.shape(), broadcast_strides(kept, x.shape()),
                  [&](std::int64_t i, std::int64_t to) {
                    double& sum = sums[static_cast<std::size_t>(to)];
                    sum = step(sum, in[i]);
                  });
  const FloatWriter out(c.out(0));
  for (std::size_t i = 0; i < sums.size(); ++i) {
    out.set(static_cast<std::int64_t>(i), finish(sums[i], count));
  }
}

}  // namespace tern::ops

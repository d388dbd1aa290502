#include "ops/reduce/reduction.h"

#include <algorithm>

#include "base/errors.h"
#include "ops/axes.h"
#include "ops/broadcast.h"
#include "tern/functions.h"

namespace tern::ops {
namespace {

std::vector<int> all_axes(int rank) {
  std::vector<int> axes(static_cast<std::size_t>(rank));
  for (int i = 0; i < rank; ++i) axes[static_cast<std::size_t>(i)] = i;
  return axes;
}

// The axes of a run; every axis when none is named and `noop` is off. Inference has checked them.
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

ReductionMap::ReductionMap(const ReferenceContext& c, bool noop) : in(c.in(0).shape()), kept(in) {
  for (const int axis : reduced_axes(c, noop)) {
    count *= in[axis];
    kept[axis] = 1;
  }
  outputs = static_cast<std::size_t>(kept.elements());
}

void ReductionMap::for_each(FunctionRef<void(std::int64_t, std::size_t)> body) const {
  for_each_offset(in, broadcast_strides(kept, in),
                  [&](std::int64_t i, std::int64_t to) { body(i, static_cast<std::size_t>(to)); });
}

template <class T>
void reference_reduction(ReferenceContext& c, bool noop, T init, FunctionRef<T(T, T)> step,
                         FunctionRef<T(T, std::int64_t)> finish) {
  using Reader = std::conditional_t<std::is_same_v<T, double>, FloatReader, IntReader>;
  using Writer = std::conditional_t<std::is_same_v<T, double>, FloatWriter, IntWriter>;
  const ReductionMap map(c, noop);
  std::vector<T> sums(map.outputs, init);
  const Reader in(c.in(0));
  map.for_each(
      [&](std::int64_t i, std::size_t to) { sums[to] = step(sums[to], static_cast<T>(in[i])); });
  const Writer out(c.out(0));
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const T result = finish(sums[i], map.count);
    if constexpr (std::is_same_v<T, double>) {
      out.set(static_cast<std::int64_t>(i), result);
    } else {
      out.set(static_cast<std::int64_t>(i), static_cast<std::int64_t>(result));
    }
  }
}

template void reference_reduction(ReferenceContext&, bool, double,
                                  FunctionRef<double(double, double)>,
                                  FunctionRef<double(double, std::int64_t)>);
template void reference_reduction(ReferenceContext&, bool, std::int64_t,
                                  FunctionRef<std::int64_t(std::int64_t, std::int64_t)>,
                                  FunctionRef<std::int64_t(std::int64_t, std::int64_t)>);
template void reference_reduction(ReferenceContext&, bool, std::uint64_t,
                                  FunctionRef<std::uint64_t(std::uint64_t, std::uint64_t)>,
                                  FunctionRef<std::uint64_t(std::uint64_t, std::int64_t)>);

Value with_kept_axes(GradContext& g, Value v, bool keepdims, bool noop) {
  if (keepdims) return v;
  const Value axes = g.input(1);
  const Tensor* named = g.builder().graph().constant(axes.id());
  const bool none_named = !axes.present() || (named != nullptr && named->elements() == 0);
  if (!none_named) return g.builder().op(ops::Unsqueeze{}, {v, axes});
  if (noop) return v;
  return reshape(v, std::vector<std::int64_t>(static_cast<std::size_t>(g.input(0).rank()), 1));
}

Value spread(GradContext& g, bool keepdims, bool noop, bool average) {
  const Value dy = with_kept_axes(g, g.grad(0), keepdims, noop);
  return g.builder().op(ops::BroadcastToLike{.average = average}, {dy, g.input(0)});
}

void gradient_of_extreme(GradContext& g, bool keepdims, bool noop) {
  const Value x = g.input(0);
  const Value y = with_kept_axes(g, g.output(0), keepdims, noop);
  const Value dy = with_kept_axes(g, g.grad(0), keepdims, noop);
  const Value chosen = where(equal(x, y), g.builder().scalar_of(x.dtype(), 1.0), 0.0);
  g.set(0, chosen * (dy / sum_to_like(chosen, y)));
}

}  // namespace tern::ops

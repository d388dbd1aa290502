#include "ops/tensor/scattering.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "ops/elementwise.h"
#include "tern/functions.h"

namespace tern::ops {
namespace {

double join(ScatterReduction reduction, double a, double b) {
  switch (reduction) {
    case ScatterReduction::kAdd: return a + b;
    case ScatterReduction::kMul: return a * b;
    case ScatterReduction::kMax: return std::isnan(a) || a > b ? a : b;
    case ScatterReduction::kMin: return std::isnan(a) || a < b ? a : b;
    case ScatterReduction::kNone: break;
  }
  return b;
}

// Sums and products wrap around, as the stored types do.
template <class T>
T join(ScatterReduction reduction, T a, T b) {
  const auto ua = static_cast<std::uint64_t>(a);
  const auto ub = static_cast<std::uint64_t>(b);
  switch (reduction) {
    case ScatterReduction::kAdd: return static_cast<T>(ua + ub);
    case ScatterReduction::kMul: return static_cast<T>(ua * ub);
    case ScatterReduction::kMax: return std::max(a, b);
    case ScatterReduction::kMin: return std::min(a, b);
    case ScatterReduction::kNone: break;
  }
  return b;
}

template <class T, class Reader, class Writer>
void reduce_into(ReferenceContext& c, std::span<const std::int64_t> offsets, std::int64_t slice,
                 ScatterReduction reduction) {
  const Reader data(c.in(0));
  const Reader updates(c.in(2));
  std::vector<T> joined(static_cast<std::size_t>(c.in(0).elements()));
  for (std::size_t i = 0; i < joined.size(); ++i) {
    joined[i] = static_cast<T>(data[static_cast<std::int64_t>(i)]);
  }
  std::int64_t from = 0;
  for (const std::int64_t offset : offsets) {
    for (std::int64_t i = 0; i < slice; ++i) {
      T& value = joined[static_cast<std::size_t>(offset + i)];
      value = join(reduction, value, static_cast<T>(updates[from++]));
    }
  }
  const Writer out(c.out(0));
  for (std::size_t i = 0; i < joined.size(); ++i) {
    if constexpr (std::is_same_v<T, double>) {
      out.set(static_cast<std::int64_t>(i), joined[i]);
    } else {
      out.set(static_cast<std::int64_t>(i), static_cast<std::int64_t>(joined[i]));
    }
  }
}

// dY times the product of all other factors of the same place: y / x where no factor is zero; the
// only zero of a product gets the product of the others.
void product_gradient(GradContext& g, const ScatterMoves& moves) {
  const auto put = [&](Value data, Value updates, ScatterReduction reduction) {
    return moves.put(data, updates, reduction);
  };
  const Value data = g.input(0);
  const Value updates = g.input(2);
  const Value one = g.builder().scalar_of(data.dtype(), 1.0);
  const Value data_zero = equal(data, 0.0);
  const Value update_zero = equal(updates, 0.0);
  const Value data_factor = where(data_zero, one, data);
  const Value update_factor = where(update_zero, one, updates);
  const Value zeros =
      put(cast(data_zero, data.dtype()), cast(update_zero, data.dtype()), ScatterReduction::kAdd);
  const Value product = put(data_factor, update_factor, ScatterReduction::kMul);
  const Value of_zero = g.grad(0) * where(equal(zeros, 1.0), product, 0.0);
  const Value of_others = g.grad(0) * where(equal(zeros, 0.0), product, 0.0);
  g.set(0, where(data_zero, of_zero, of_others / data_factor));
  g.set(2, where(update_zero, moves.take(of_zero), moves.take(of_others) / update_factor));
}

void choice_gradient(GradContext& g, const ScatterMoves& moves) {
  const Value data = g.input(0);
  const Value y = g.output(0);
  const Value data_chosen = cast(equal(data, y), data.dtype());
  const Value update_chosen = cast(equal(g.input(2), moves.take(y)), data.dtype());
  const Value share = g.grad(0) / moves.put(data_chosen, update_chosen, ScatterReduction::kAdd);
  g.set(0, where(equal(data, y), share, 0.0));
  g.set(2, where(equal(g.input(2), moves.take(y)), moves.take(share), 0.0));
}

}  // namespace

Status check_reduction(ScatterReduction reduction, DType dtype) {
  const bool numbers = !is_complex(dtype) && dtype != DType::kString;
  if (reduction == ScatterReduction::kNone || numbers) return {};
  return invalid_argument("{} elements cannot be reduced", to_string(dtype));
}

void scatter(ReferenceContext& c, std::span<const std::int64_t> offsets, std::int64_t slice,
             ScatterReduction reduction) {
  if (reduction == ScatterReduction::kNone) {
    copy_elements(c.in(0), 0, c.out(0), 0, c.in(0).elements());
    std::int64_t from = 0;
    for (const std::int64_t offset : offsets) {
      copy_elements(c.in(2), from, c.out(0), offset, slice);
      from += slice;
    }
    return;
  }
  switch (arithmetic_of(c.in(0).dtype())) {
    case Arithmetic::kFloating:
      return reduce_into<double, FloatReader, FloatWriter>(c, offsets, slice, reduction);
    case Arithmetic::kSigned:
      return reduce_into<std::int64_t, IntReader, IntWriter>(c, offsets, slice, reduction);
    case Arithmetic::kUnsigned:
      return reduce_into<std::uint64_t, IntReader, IntWriter>(c, offsets, slice, reduction);
  }
}

void scatter_gradient(GradContext& g, ScatterReduction reduction, const ScatterMoves& moves) {
  switch (reduction) {
    case ScatterReduction::kNone:
      g.set(0, moves.put(g.grad(0), zeros_like(g.input(2)), ScatterReduction::kNone));
      g.set(2, moves.take(g.grad(0)));
      return;
    case ScatterReduction::kAdd:
      g.set(0, g.grad(0));
      g.set(2, moves.take(g.grad(0)));
      return;
    case ScatterReduction::kMul: return product_gradient(g, moves);
    case ScatterReduction::kMax:
    case ScatterReduction::kMin: return choice_gradient(g, moves);
  }
}

}  // namespace tern::ops

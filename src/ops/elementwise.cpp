#include "ops/elementwise.h"

#include <algorithm>

#include "base/errors.h"
#include "tern/functions.h"

namespace tern::ops {
namespace {

std::int64_t as_signed(std::uint64_t x) { return static_cast<std::int64_t>(x); }
std::uint64_t as_unsigned(std::int64_t x) { return static_cast<std::uint64_t>(x); }

// Folds every input into `accumulator`, one element of the output after the other.
template <class T, class Reader, class Function>
void accumulate(const ReferenceContext& c, const tern::Shape& out, std::vector<T>& accumulator,
                Function f) {
  for (std::size_t k = 0; k < c.inputs(); ++k) {
    const Reader x(c.in(k));
    for_each_offset(out, broadcast_strides(c.in(k).shape(), out),
                    [&](std::int64_t i, std::int64_t from) {
                      T& sum = accumulator[static_cast<std::size_t>(i)];
                      sum = k == 0 ? x[from] : f(sum, x[from]);
                    });
  }
}

bool surely_same_shape(const TypeInfo& a, const TypeInfo& b) {
  return a.has_rank && b.has_rank &&
         std::ranges::equal(a.shape, b.shape,
                            [](const Dim& x, const Dim& y) { return same(x, y); });
}

}  // namespace

Status infer_broadcast(InferContext& c) { return infer_broadcast(c, c.in[0].dtype); }

Status infer_broadcast(InferContext& c, DType dtype) {
  TERN_ASSIGN_OR_RETURN(std::vector<Dim> dims, broadcast_all(c.in));
  c.out.emplace_back(dtype, std::move(dims));
  return {};
}

Status infer_variadic(InferContext& c) {
  if (c.in.empty()) return invalid_argument("there is no input");
  for (std::size_t i = 0; i < c.in.size(); ++i) {
    if (!c.has(i)) return invalid_argument("input {} is left out", i);
  }
  return infer_broadcast(c);
}

Status infer_same(InferContext& c) {
  c.out.push_back(c.in[0]);
  return {};
}

Arithmetic arithmetic_of(DType dtype) {
  if (is_floating(dtype)) return Arithmetic::kFloating;
  return dtype == DType::kU64 ? Arithmetic::kUnsigned : Arithmetic::kSigned;
}

Status check_same_shape(std::string_view what, const TypeInfo& type, std::string_view as_what,
                        const TypeInfo& as) {
  if (type.rank() != as.rank()) {
    return invalid_argument("{} has rank {}, {} has {}", what, type.rank(), as_what, as.rank());
  }
  for (std::size_t i = 0; i < as.shape.size(); ++i) {
    const Dim& a = type.shape[i];
    const Dim& b = as.shape[i];
    if (a.known() && b.known() && a.value() != b.value()) {
      return invalid_argument("{} has {} on axis {}, {} has {}", what, a.value(), i, as_what,
                              b.value());
    }
  }
  return {};
}

Status check_scalar(std::string_view what, const TypeInfo& type) {
  for (const Dim& dim : type.shape) {
    if (dim.known() && dim.value() != 1) {
      return invalid_argument("{} has {} entries, not one", what, dim.value());
    }
  }
  return {};
}

void reference_unary(ReferenceContext& c, FunctionRef<double(double)> f) {
  const FloatReader x(c.in(0));
  const FloatWriter y(c.out(0));
  for (std::int64_t i = 0, n = c.out(0).elements(); i < n; ++i) y.set(i, f(x[i]));
}

void reference_unary(ReferenceContext& c, FunctionRef<double(double)> f,
                     FunctionRef<std::int64_t(std::int64_t)> g,
                     FunctionRef<std::uint64_t(std::uint64_t)> h) {
  const Arithmetic arithmetic = arithmetic_of(c.in(0).dtype());
  if (arithmetic == Arithmetic::kFloating) return reference_unary(c, f);
  const IntReader x(c.in(0));
  const IntWriter y(c.out(0));
  for (std::int64_t i = 0, n = c.out(0).elements(); i < n; ++i) {
    y.set(i, arithmetic == Arithmetic::kSigned ? g(x[i]) : as_signed(h(as_unsigned(x[i]))));
  }
}

void reference_binary(ReferenceContext& c, const BinaryFunctions& f) {
  const tern::Shape& out = c.out(0).shape();
  const tern::Shape a = broadcast_strides(c.in(0).shape(), out);
  const tern::Shape b = broadcast_strides(c.in(1).shape(), out);
  const Arithmetic arithmetic = arithmetic_of(c.in(0).dtype());
  if (arithmetic == Arithmetic::kFloating) {
    const FloatReader x(c.in(0)), y(c.in(1));
    const FloatWriter z(c.out(0));
    for_each_offset(out, a, b, [&](std::int64_t i, std::int64_t ia, std::int64_t ib) {
      z.set(i, f.floating(x[ia], y[ib]));
    });
    return;
  }
  const IntReader x(c.in(0)), y(c.in(1));
  const IntWriter z(c.out(0));
  for_each_offset(out, a, b, [&](std::int64_t i, std::int64_t ia, std::int64_t ib) {
    z.set(i, arithmetic == Arithmetic::kSigned
                 ? f.signed_integer(x[ia], y[ib])
                 : as_signed(f.unsigned_integer(as_unsigned(x[ia]), as_unsigned(y[ib]))));
  });
}

void reference_variadic(ReferenceContext& c, const BinaryFunctions& f, double scale) {
  const tern::Shape& out = c.out(0).shape();
  const auto count = static_cast<std::size_t>(out.elements());
  const Arithmetic arithmetic = arithmetic_of(c.in(0).dtype());
  if (arithmetic == Arithmetic::kFloating) {
    std::vector<double> sums(count);
    accumulate<double, FloatReader>(c, out, sums, f.floating);
    const FloatWriter y(c.out(0));
    for (std::size_t i = 0; i < count; ++i) y.set(static_cast<std::int64_t>(i), sums[i] * scale);
    return;
  }
  std::vector<std::int64_t> sums(count);
  accumulate<std::int64_t, IntReader>(c, out, sums, [&](std::int64_t a, std::int64_t b) {
    return arithmetic == Arithmetic::kSigned
               ? f.signed_integer(a, b)
               : as_signed(f.unsigned_integer(as_unsigned(a), as_unsigned(b)));
  });
  const IntWriter y(c.out(0));
  for (std::size_t i = 0; i < count; ++i) y.set(static_cast<std::int64_t>(i), sums[i]);
}

void multiply_gradient(GradContext& g, Value slope) { g.set(0, g.grad(0) * slope); }

void set_broadcast_gradient(GradContext& g, std::size_t i, Value gradient) {
  if (!g.wants(i)) return;
  const bool reduced = !surely_same_shape(gradient.type(), g.input(i).type());
  g.set(i, reduced ? sum_to_like(gradient, g.input(i)) : gradient);
}

void gradient_of_choice(GradContext& g) {
  Value open;  // where none of the inputs so far was chosen
  for (std::size_t i = 0; i < g.inputs(); ++i) {
    const bool last = i + 1 == g.inputs();
    Value chosen = last ? open : equal(g.input(i), g.output(0));
    if (!last && open.present()) chosen = logical_and(chosen, open);
    set_broadcast_gradient(g, i, chosen.present() ? where(chosen, g.grad(0), 0.0) : g.grad(0));
    if (last) break;
    const Value rest = logical_not(chosen);
    open = open.present() ? logical_and(open, rest) : rest;
  }
}

}  // namespace tern::ops

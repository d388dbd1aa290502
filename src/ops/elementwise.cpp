#include "ops/elementwise.h"

#include "base/errors.h"
#include "tern/functions.h"

namespace tern::ops {

Status infer_broadcast(InferContext& c) {
  TERN_ASSIGN_OR_RETURN(std::vector<Dim> dims, broadcast_all(c.in));
  c.out.emplace_back(c.in[0].dtype, std::move(dims));
  return {};
}

Status infer_same(InferContext& c) {
  c.out.push_back(c.in[0]);
  return {};
}

void reference_unary(ReferenceContext& c, FunctionRef<double(double)> f) {
  const FloatReader x(c.in(0));
  const FloatWriter y(c.out(0));
  for (std::int64_t i = 0, n = c.out(0).elements(); i < n; ++i) y.set(i, f(x[i]));
}

void reference_binary(ReferenceContext& c, double (*f)(double, double),
                      std::int64_t (*g)(std::int64_t, std::int64_t)) {
  const tern::Shape& out = c.out(0).shape();
  const tern::Shape a = broadcast_strides(c.in(0).shape(), out);
  const tern::Shape b = broadcast_strides(c.in(1).shape(), out);
  if (is_floating(c.in(0).dtype())) {
    const FloatReader x(c.in(0)), y(c.in(1));
    const FloatWriter z(c.out(0));
    for_each_offset(out, a, b, [&](std::int64_t i, std::int64_t ia, std::int64_t ib) {
      z.set(i, f(x[ia], y[ib]));
    });
  } else {
    const IntReader x(c.in(0)), y(c.in(1));
    const IntWriter z(c.out(0));
    for_each_offset(out, a, b, [&](std::int64_t i, std::int64_t ia, std::int64_t ib) {
      z.set(i, g(x[ia], y[ib]));
    });
  }
}

void set_broadcast_gradient(GradContext& g, std::size_t i, Value gradient) {
  if (!g.wants(i)) return;
  g.set(i, sum_to_like(gradient, g.input(i)));
}

}  // namespace tern::ops

#include "ops/nn/global_pool.h"

#include "base/errors.h"
#include "ops/elementwise.h"

namespace tern::ops {

Status infer_global_pool(InferContext& c) {
  TypeInfo y = c.in[0];
  if (y.rank() < 3) return invalid_argument("X has rank {}, pooling needs at least 3", y.rank());
  for (std::size_t i = 2; i < y.shape.size(); ++i) y.shape[i] = Dim(1);
  c.out.push_back(std::move(y));
  return {};
}

Status infer_global_pool_gradient(InferContext& c) {
  InferContext forward;
  forward.in.push_back(c.in[1]);
  TERN_TRY(infer_global_pool(forward));
  TERN_TRY(check_same_shape("dY", c.in[0], "Y", forward.out[0]));
  c.out.emplace_back(c.in[0].dtype, c.in[1].shape);
  return {};
}

void reference_global_pool(ReferenceContext& c,
                           FunctionRef<double(std::span<const double> values)> pool) {
  const std::vector<double> x = read_f64(c.in(0));
  const auto plane = static_cast<std::size_t>(c.in(0).shape().elements(2, c.in(0).rank()));
  const FloatWriter y(c.out(0));
  for (std::int64_t i = 0, n = c.out(0).elements(); i < n; ++i) {
    y.set(i, pool(std::span(x).subspan(static_cast<std::size_t>(i) * plane, plane)));
  }
}

}  // namespace tern::ops

#include "ops/math/matrix_product.h"

#include <algorithm>

#include "base/errors.h"

namespace tern::ops {
namespace {

tern::Shape leading(const tern::Shape& shape) {
  return tern::Shape(shape.dims().first(static_cast<std::size_t>(std::max(0, shape.rank() - 2))));
}

tern::Shape scaled(tern::Shape strides, std::int64_t factor) {
  for (std::int64_t& stride : strides) stride *= factor;
  return strides;
}

}  // namespace

Result<std::vector<Dim>> product_dims(const std::vector<Dim>& a, const std::vector<Dim>& b) {
  if (a.empty() || b.empty()) return invalid_argument("a scalar has no matrix product");
  const Dim& ka = a.back();
  const Dim& kb = b.size() >= 2 ? b[b.size() - 2] : b.back();
  if (ka.known() && kb.known() && ka.value() != kb.value()) {
    return invalid_argument("A has {} columns and B has {} rows", ka.value(), kb.value());
  }
  const std::span<const Dim> lead_a(a.data(), a.size() >= 2 ? a.size() - 2 : 0);
  const std::span<const Dim> lead_b(b.data(), b.size() >= 2 ? b.size() - 2 : 0);
  TERN_ASSIGN_OR_RETURN(std::vector<Dim> out, broadcast_dims(lead_a, lead_b));
  if (a.size() >= 2) out.push_back(a[a.size() - 2]);
  if (b.size() >= 2) out.push_back(b.back());
  return out;
}

ProductGeometry::ProductGeometry(const tern::Shape& a, const tern::Shape& b) {
  k = a.back();
  m = a.rank() >= 2 ? a[a.rank() - 2] : 1;
  n = b.rank() >= 2 ? b.back() : 1;
  batch = broadcast_shapes(leading(a), leading(b));
  batch_strides_a = scaled(broadcast_strides(leading(a), batch), m * k);
  batch_strides_b = scaled(broadcast_strides(leading(b), batch), k * n);
}

}  // namespace tern::ops

#include "ops/reduce/selection.h"

#include <cmath>

#include "base/errors.h"
#include "ops/axes.h"

namespace tern::ops {
namespace {

template <class T>
int three_way(T a, T b) {
  return (a > b) - (a < b);
}

}  // namespace

ElementOrder::ElementOrder(const Tensor& t) : data_(t.raw()) {
  if (is_floating(t.dtype())) {
    load_float_ = load_f64(t.dtype());
  } else {
    load_int_ = load_i64(t.dtype());
    is_unsigned_ = t.dtype() == DType::kU64;
  }
}

int ElementOrder::compare(std::int64_t a, std::int64_t b) const {
  if (load_float_ != nullptr) {
    const double x = load_float_(data_, a);
    const double y = load_float_(data_, b);
    if (std::isnan(x) || std::isnan(y)) return std::isnan(x) - std::isnan(y);
    return three_way(x, y);
  }
  const std::int64_t x = load_int_(data_, a);
  const std::int64_t y = load_int_(data_, b);
  if (is_unsigned_) return three_way(static_cast<std::uint64_t>(x), static_cast<std::uint64_t>(y));
  return three_way(x, y);
}

bool ElementOrder::is_nan(std::int64_t i) const {
  return load_float_ != nullptr && std::isnan(load_float_(data_, i));
}

Status infer_arg(InferContext& c, std::int64_t axis, bool keepdims) {
  const TypeInfo& x = c.in[0];
  TERN_ASSIGN_OR_RETURN(const int along, normalize_axis(axis, x.rank()));
  std::vector<Dim> out = x.shape;
  const auto at = out.begin() + along;
  if (at->known() && at->value() == 0) return invalid_argument("axis {} has no element", along);
  if (keepdims) {
    *at = Dim(1);
  } else {
    out.erase(at);
  }
  c.out.emplace_back(DType::kI64, std::move(out));
  return {};
}

void reference_arg(ReferenceContext& c, std::int64_t axis, bool largest, bool select_last) {
  const Tensor& x = c.in(0);
  const ElementOrder order(x);
  const IntWriter out(c.out(0));
  const AxisSplit s = split_at(x.shape(), *normalize_axis(axis, x.rank()));
  for (std::int64_t o = 0; o < s.outer; ++o) {
    for (std::int64_t i = 0; i < s.inner; ++i) {
      const auto at = [&](std::int64_t k) { return (o * s.size + k) * s.inner + i; };
      std::int64_t best = 0;
      for (std::int64_t k = 1; k < s.size; ++k) {
        int better = order.compare(at(k), at(best));
        // NaN is the largest and the smallest at once.
        const bool numbers = !order.is_nan(at(k)) && !order.is_nan(at(best));
        if (!largest && numbers) better = -better;
        if (better > 0 || (select_last && better == 0)) best = k;
      }
      out.set(o * s.inner + i, best);
    }
  }
}

}  // namespace tern::ops

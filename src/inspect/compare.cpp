#include "inspect/compare.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "tensor/element.h"

namespace tern::inspect {
namespace {

// Where element `i` stands, as "[1,0,3]".
std::string index_text(const Shape& shape, std::int64_t i) {
  std::vector<std::int64_t> index(shape.size());
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    index[static_cast<std::size_t>(axis)] = i % shape[axis];
    i /= shape[axis];
  }
  return Shape(index).to_string();
}

bool within(double got, double want, const Tolerance& t) {
  if (std::isnan(want)) return std::isnan(got);
  if (std::isinf(want)) return got == want;
  return std::abs(got - want) <= t.atol + t.rtol * std::abs(want);
}

template <class Equal>
Status first_difference(const Tensor& got, const Tensor& want, Equal equal) {
  std::int64_t first = -1;
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < want.elements(); ++i) {
    if (equal(i)) continue;
    if (first < 0) first = i;
    ++count;
  }
  if (count == 0) return {};
  return invalid_argument("{} of {} elements differ, first {}: got {}, want {}", count,
                          want.elements(), index_text(want.shape(), first),
                          element_to_string(got, first), element_to_string(want, first));
}

// Complex elements are compared part by part, as a tensor twice as long.
Tensor as_parts(const Tensor& t) {
  const DType part = t.dtype() == DType::kComplex64 ? DType::kF32 : DType::kF64;
  return Tensor::view(part, {t.elements() * 2}, const_cast<void*>(t.raw()), t.owner());
}

std::int64_t argmax(const LoadF64 load, const void* data, std::int64_t begin, std::int64_t count) {
  std::int64_t best = begin;
  for (std::int64_t i = begin; i < begin + count; ++i) {
    if (load(data, i) > load(data, best)) best = i;
  }
  return best - begin;
}

double cosine_of(const Tensor& got, const Tensor& want) {
  const LoadF64 load = load_f64(want.dtype());
  double dot = 0, got_norm = 0, want_norm = 0;
  for (std::int64_t i = 0; i < want.elements(); ++i) {
    const double a = load(got.raw(), i);
    const double b = load(want.raw(), i);
    dot += a * b;
    got_norm += a * a;
    want_norm += b * b;
  }
  if (got_norm == 0 && want_norm == 0) return 1;
  return dot / std::sqrt(std::max(got_norm * want_norm, 1e-300));
}

struct Largest {
  std::int64_t got;
  std::int64_t want;
};

std::int64_t row_count(const Tensor& t) {
  const std::int64_t row = t.rank() == 0 ? 1 : t.shape().back();
  return row > 0 ? t.elements() / row : 0;
}

// Where row `r` of each is largest.
Largest largest_of_row(const Tensor& got, const Tensor& want, std::int64_t r) {
  const LoadF64 load = load_f64(want.dtype());
  const std::int64_t row = want.rank() == 0 ? 1 : want.shape().back();
  return {argmax(load, got.raw(), r * row, row), argmax(load, want.raw(), r * row, row)};
}

Status compare_close(const Tensor& got, const Tensor& want) {
  const double cosine = cosine_of(got, want);
  if (!(cosine >= 0.99)) return invalid_argument("cosine {:.4f} is below 0.99", cosine);
  for (std::int64_t r = 0; r < row_count(want); ++r) {
    const Largest at = largest_of_row(got, want, r);
    if (at.got != at.want) {
      return invalid_argument("row {} is largest at {}, want {}", r, at.got, at.want);
    }
  }
  return {};
}

}  // namespace

Status compare(const Tensor& got, const Tensor& want, const Tolerance& tolerance) {
  if (got.dtype() != want.dtype()) {
    return invalid_argument("got {}, want {}", to_string(got.dtype()), to_string(want.dtype()));
  }
  if (!(got.shape() == want.shape())) {
    return invalid_argument("got shape {}, want {}", got.shape().to_string(),
                            want.shape().to_string());
  }
  if (is_container(want.dtype())) {
    for (std::size_t i = 0; i < want.items().size(); ++i) {
      if (Status s = compare(got.items()[i], want.items()[i], tolerance); !s.ok()) {
        return std::move(s).with_context(fmt::format("item {}", i));
      }
    }
    return {};
  }
  if (want.dtype() == DType::kString) {
    const auto a = got.span<std::string>();
    const auto b = want.span<std::string>();
    return first_difference(got, want, [&](std::int64_t i) {
      return a[static_cast<std::size_t>(i)] == b[static_cast<std::size_t>(i)];
    });
  }
  if (is_complex(want.dtype())) return compare(as_parts(got), as_parts(want), tolerance);
  if (tolerance.mode == CompareMode::kClose && is_floating(want.dtype())) {
    return compare_close(got, want);
  }
  const LoadF64 load = load_f64(want.dtype());
  return first_difference(got, want, [&](std::int64_t i) {
    return within(load(got.raw(), i), load(want.raw(), i), tolerance);
  });
}

std::optional<Agreement> agreement(const Tensor& got, const Tensor& want) {
  if (got.dtype() != want.dtype() || !is_floating(want.dtype()) || !(got.shape() == want.shape())) {
    return std::nullopt;
  }
  Agreement result{.cosine = cosine_of(got, want)};
  const std::int64_t rows = row_count(want);
  std::int64_t same = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    const Largest at = largest_of_row(got, want, r);
    if (at.got == at.want) ++same;
  }
  if (rows > 0) result.same_largest = static_cast<double>(same) / static_cast<double>(rows);
  return result;
}

double max_absolute_error(const Tensor& got, const Tensor& want) {
  const LoadF64 load_got = load_f64(got.dtype());
  const LoadF64 load_want = load_f64(want.dtype());
  if (load_got == nullptr || load_want == nullptr) return std::numeric_limits<double>::quiet_NaN();
  double largest = 0;
  for (std::int64_t i = 0; i < want.elements(); ++i) {
    const double a = load_got(got.raw(), i);
    const double b = load_want(want.raw(), i);
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    largest = std::max(largest, std::abs(a - b));
    if (std::isnan(a) != std::isnan(b)) return std::numeric_limits<double>::quiet_NaN();
  }
  return largest;
}

}  // namespace tern::inspect

#include "tests/support/tensors.h"

#include <cmath>

#include "base/check.h"
#include "tensor/element.h"

namespace tern::testing {
namespace {

Tensor zeros(DType dtype, const Shape& shape) {
  Result<Tensor> tensor = Tensor::zeros(dtype, shape);
  TERN_CHECK(tensor.ok(), "{}", tensor.status().to_string());
  return std::move(*tensor);
}

void check_count(const Shape& shape, std::size_t values) {
  TERN_CHECK(static_cast<std::size_t>(shape.elements()) == values, "{} values for shape {}", values,
             shape.to_string());
}

/// The distance between 1 and the next number.
double epsilon(DType dtype) {
  switch (dtype) {
    case DType::kF64: return 0x1p-52;
    case DType::kF32: return 0x1p-23;
    case DType::kF16: return 0x1p-10;
    case DType::kBF16: return 0x1p-7;
    default: return 0x1p-2;
  }
}

bool close(double a, double b, Tolerance tolerance) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return std::abs(a - b) <= tolerance.absolute + tolerance.relative * std::abs(b);
}

std::string where(const Shape& shape, std::int64_t i) {
  const Shape strides = shape.strides();
  std::string text = "[";
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (axis > 0) text += ",";
    text += std::to_string(i / strides[axis] % shape[axis]);
  }
  return text + "]";
}

}  // namespace

Tensor of(DType dtype, const Shape& shape, const std::vector<double>& values) {
  check_count(shape, values.size());
  return filled(dtype, shape, [&](std::int64_t i) { return values[static_cast<std::size_t>(i)]; });
}

Tensor ints(DType dtype, const Shape& shape, const std::vector<std::int64_t>& values) {
  check_count(shape, values.size());
  Tensor tensor = zeros(dtype, shape);
  const StoreI64 store = store_i64(dtype);
  for (std::size_t i = 0; i < values.size(); ++i) {
    store(tensor.mutable_raw(), static_cast<std::int64_t>(i), values[i]);
  }
  return tensor;
}

Tensor strings(const Shape& shape, std::vector<std::string> values) {
  check_count(shape, values.size());
  Tensor tensor = zeros(DType::kString, shape);
  std::move(values.begin(), values.end(), tensor.mutable_data<std::string>());
  return tensor;
}

Tensor filled(DType dtype, const Shape& shape, FunctionRef<double(std::int64_t)> f) {
  Tensor tensor = zeros(dtype, shape);
  const StoreF64 store = store_f64(dtype);
  for (std::int64_t i = 0, n = shape.elements(); i < n; ++i) {
    store(tensor.mutable_raw(), i, f(i));
  }
  return tensor;
}

Tensor random_values(DType dtype, const Shape& shape, double low, double high, std::uint64_t seed) {
  std::uint64_t state = seed;
  return filled(dtype, shape, [&](std::int64_t) {
    // splitmix64
    std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return low + (high - low) * (static_cast<double>(z >> 11) * 0x1p-53);
  });
}

Tensor mapped(const Tensor& x, FunctionRef<double(double)> f) {
  const LoadF64 load = load_f64(x.dtype());
  return filled(x.dtype(), x.shape(), [&](std::int64_t i) { return f(load(x.raw(), i)); });
}

Tensor as(DType dtype, const Tensor& x) {
  const LoadF64 load = load_f64(x.dtype());
  return filled(dtype, x.shape(), [&](std::int64_t i) { return load(x.raw(), i); });
}

std::vector<double> values_of(const Tensor& x) {
  const LoadF64 load = load_f64(x.dtype());
  std::vector<double> values(static_cast<std::size_t>(x.elements()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = load(x.raw(), static_cast<std::int64_t>(i));
  }
  return values;
}

::testing::AssertionResult all_close(const Tensor& a, const Tensor& b, Tolerance tolerance) {
  const auto differ = [&] {
    return ::testing::AssertionFailure() << a.to_string(32) << " is not " << b.to_string(32);
  };
  if (a.dtype() != b.dtype() || !(a.shape() == b.shape())) return differ();
  if (!is_floating(a.dtype())) {
    return identical(a, b) ? ::testing::AssertionSuccess() : differ();
  }
  tolerance.relative = std::max(tolerance.relative, 2 * epsilon(a.dtype()));
  const std::vector<double> x = values_of(a);
  const std::vector<double> y = values_of(b);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (close(x[i], y[i], tolerance)) continue;
    return differ() << ": at " << where(a.shape(), static_cast<std::int64_t>(i)) << " " << x[i]
                    << " against " << y[i];
  }
  return ::testing::AssertionSuccess();
}

}  // namespace tern::testing

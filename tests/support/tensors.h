// Tensors for tests: literals, formulas, comparison.
//
//   EXPECT_TRUE(all_close(y, f32({2, 2}, {1, 2, 3, 4})));
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "tern/tensor.h"
#include "tern/thread_pool.h"

namespace tern::testing {

/// A tensor of any numeric dtype from its values in row-major order; ends the program unless there
/// is one value per element.
Tensor of(DType dtype, const Shape& shape, const std::vector<double>& values);
inline Tensor f32(const Shape& shape, const std::vector<double>& values) {
  return of(DType::kF32, shape, values);
}
inline Tensor f64(const Shape& shape, const std::vector<double>& values) {
  return of(DType::kF64, shape, values);
}
inline Tensor boolean(const Shape& shape, const std::vector<double>& values) {
  return of(DType::kBool, shape, values);
}
/// Integers exactly, also beyond what a double holds.
Tensor ints(DType dtype, const Shape& shape, const std::vector<std::int64_t>& values);
inline Tensor i64(const Shape& shape, const std::vector<std::int64_t>& values) {
  return ints(DType::kI64, shape, values);
}
inline Tensor i32(const Shape& shape, const std::vector<std::int64_t>& values) {
  return ints(DType::kI32, shape, values);
}
Tensor strings(const Shape& shape, std::vector<std::string> values);

/// Element i is f(i).
Tensor filled(DType dtype, const Shape& shape, FunctionRef<double(std::int64_t)> f);
/// The same pseudo-random values every time, evenly spread over [low, high).
Tensor random_values(DType dtype, const Shape& shape, double low = -2, double high = 2,
                     std::uint64_t seed = 1);
/// f of every element; the expected output of an element-wise operator.
Tensor mapped(const Tensor& x, FunctionRef<double(double)> f);
/// The elements converted to another numeric dtype.
Tensor as(DType dtype, const Tensor& x);
/// The elements of a numeric tensor.
std::vector<double> values_of(const Tensor& x);

struct Tolerance {
  double relative = 1e-5;
  double absolute = 1e-6;
};

/// dtype and shape agree, integers and strings exactly, floats within absolute + relative * |b|
/// (and at least a rounding of their dtype); NaN agrees with NaN, infinity with the same infinity.
::testing::AssertionResult all_close(const Tensor& a, const Tensor& b, Tolerance tolerance = {});

}  // namespace tern::testing

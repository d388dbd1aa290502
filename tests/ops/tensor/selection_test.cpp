// Operators whose output size depends on the values of their inputs.
#include <complex>
#include <limits>

#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();

Tensor complex64(const std::vector<std::complex<float>>& values) {
  Tensor t = *Tensor::zeros(DType::kComplex64, {static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), static_cast<std::complex<float>*>(t.mutable_raw()));
  return t;
}

}  // namespace

TERN_OP_TEST(Compress) {
  const Tensor x = f32({3, 2}, {1, 2, 3, 4, 5, 6});
  return {
      {.name = "rows",
       .op = ops::Compress{.axis = 0},
       .inputs = {x, boolean({3}, {0, 1, 1})},
       .expected = {f32({2, 2}, {3, 4, 5, 6})}},
      {.name = "columns",
       .op = ops::Compress{.axis = -1},
       .inputs = {x, boolean({2}, {0, 1})},
       .expected = {f32({3, 1}, {2, 4, 6})}},
      {.name = "elements, the condition ends early",
       .op = ops::Compress{},
       .inputs = {x, boolean({5}, {0, 1, 0, 0, 1})},
       .expected = {f32({2}, {2, 5})}},
      {.name = "nothing",
       .op = ops::Compress{.axis = 1},
       .inputs = {x, boolean({2}, {0, 0})},
       .expected = {f32({3, 0}, {})}},
      {.name = "strings",
       .op = ops::Compress{},
       .inputs = {strings({2}, {"a", "b"}), boolean({2}, {0, 1})},
       .expected = {strings({1}, {"b"})}},
  };
}

TEST(Compress, RefusesAConditionThatIsTooLong) {
  const Tensor x = f32({2, 1}, {1, 2});
  const Tensor three = boolean({3}, {0, 0, 0});
  expect_refused(ops::Compress{.axis = 0}, {x, three}, "condition has 3 entries for 2 slices");
  expect_refused(ops::Compress{}, {x, three}, "condition has 3 entries for 2 slices");
  expect_refused(ops::Compress{.axis = 2}, {x, three}, "axis 2 for rank 2");
}

TERN_OP_TEST(NonZero) {
  return {
      {.name = "a matrix, in row-major order",
       .op = ops::NonZero{},
       .inputs = {f32({2, 3}, {1, 0, kNan, 0, -0.0, 5})},
       .expected = {i64({2, 3}, {0, 0, 1, 0, 2, 2})},
       .other_dtypes = false},
      {.name = "bools",
       .op = ops::NonZero{},
       .inputs = {boolean({3}, {0, 1, 1})},
       .expected = {i64({1, 2}, {1, 2})}},
      {.name = "packed integers",
       .op = ops::NonZero{},
       .inputs = {ints(DType::kI4, {3}, {0, -1, 0})},
       .expected = {i64({1, 1}, {1})}},
      {.name = "strings",
       .op = ops::NonZero{},
       .inputs = {strings({2}, {"", "0"})},
       .expected = {i64({1, 1}, {1})}},
      {.name = "complex numbers",
       .op = ops::NonZero{},
       .inputs = {complex64({{0, 0}, {0, 1}, {1, 0}})},
       .expected = {i64({1, 2}, {1, 2})}},
      {.name = "a scalar has no axis",
       .op = ops::NonZero{},
       .inputs = {f32({}, {3})},
       .expected = {i64({0, 1}, {})}},
      {.name = "nothing",
       .op = ops::NonZero{},
       .inputs = {i64({2}, {0, 0})},
       .expected = {i64({1, 0}, {})}},
  };
}

TERN_OP_TEST(Unique) {
  const Tensor x = f32({6}, {2, 1, 1, 3, 4, 3});
  const Tensor rows = f32({4, 3}, {1, 0, 0, 1, 0, 0, 2, 3, 4, 1, 0, -1});
  return {
      {.name = "in order",
       .op = ops::Unique{},
       .inputs = {x},
       .expected = {f32({4}, {1, 2, 3, 4}), i64({4}, {1, 0, 3, 4}), i64({6}, {1, 0, 0, 2, 3, 2}),
                    i64({4}, {2, 1, 2, 1})},
       .gradient = false},
      {.name = "as they appear",
       .op = ops::Unique{.sorted = false},
       .inputs = {x},
       .expected = {f32({4}, {2, 1, 3, 4}), i64({4}, {0, 1, 3, 4}), i64({6}, {0, 1, 1, 2, 3, 2}),
                    i64({4}, {1, 2, 2, 1})},
       .gradient = false},
      {.name = "rows",
       .op = ops::Unique{.axis = 0},
       .inputs = {rows},
       .expected = {f32({3, 3}, {1, 0, -1, 1, 0, 0, 2, 3, 4}), i64({3}, {3, 0, 2}),
                    i64({4}, {1, 1, 2, 0}), i64({3}, {1, 2, 1})},
       .gradient = false},
      {.name = "columns of a matrix",
       .op = ops::Unique{.axis = -1},
       .inputs = {f32({2, 3}, {2, 1, 2, 0, 5, 0})},
       .expected = {f32({2, 2}, {1, 2, 5, 0}), i64({2}, {1, 0}), i64({3}, {1, 0, 1}),
                    i64({2}, {1, 2})},
       .gradient = false},
      {.name = "distinct elements move",
       .op = ops::Unique{},
       .inputs = {f32({3}, {2, 0.5, 1})},
       .expected = {f32({3}, {0.5, 1, 2})}},
      {.name = "NaN is one value, the largest",
       .op = ops::Unique{},
       .inputs = {f32({4}, {kNan, 1, kNan, 0})},
       .expected = {f32({3}, {0, 1, kNan}), i64({3}, {3, 1, 0}), i64({4}, {2, 1, 2, 0}),
                    i64({3}, {1, 1, 2})},
       .gradient = false},
      {.name = "strings",
       .op = ops::Unique{},
       .inputs = {strings({3}, {"b", "a", "b"})},
       .expected = {strings({2}, {"a", "b"}), i64({2}, {1, 0}), i64({3}, {1, 0, 1}),
                    i64({2}, {1, 2})}},
      {.name = "nothing",
       .op = ops::Unique{},
       .inputs = {i64({0}, {})},
       .expected = {i64({0}, {}), i64({0}, {}), i64({0}, {}), i64({0}, {})}},
  };
}

}  // namespace tern::testing

#include <limits>

#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

using ops::ScatterReduction;
const double kNan = std::numeric_limits<double>::quiet_NaN();

ops::ScatterElements along(std::int64_t axis, ScatterReduction reduction = {}) {
  return {.axis = axis, .reduction = reduction};
}
ops::ScatterND joining(ScatterReduction reduction) { return {.reduction = reduction}; }

}  // namespace

TERN_OP_TEST(ScatterElements) {
  const Tensor x = f32({1, 5}, {1, 2, 3, 4, 5});
  return {
      {.name = "along columns, from both ends",
       .op = along(1),
       .inputs = {x, i64({1, 2}, {1, -2}), f32({1, 2}, {1.5, 2.5})},
       .expected = {f32({1, 5}, {1, 1.5, 3, 2.5, 5})}},
      {.name = "along rows",
       .op = along(0),
       .inputs = {f32({3, 2}, {0, 0, 0, 0, 0, 0}), i32({2, 2}, {1, 0, 2, 2}),
                  f32({2, 2}, {1, 2, 3, 4})},
       .expected = {f32({3, 2}, {0, 2, 1, 0, 3, 4})}},
      {.name = "sums",
       .op = along(1, ScatterReduction::kAdd),
       .inputs = {x, i64({1, 3}, {1, 1, 4}), f32({1, 3}, {1.5, 2, 3})},
       .expected = {f32({1, 5}, {1, 5.5, 3, 4, 8})}},
      {.name = "products",
       .op = along(1, ScatterReduction::kMul),
       .inputs = {x, i64({1, 3}, {1, 1, 4}), f32({1, 3}, {1.5, 2, 3})},
       .expected = {f32({1, 5}, {1, 6, 3, 4, 15})}},
      {.name = "products with one zero and with two",
       .op = along(0, ScatterReduction::kMul),
       .inputs = {f32({3}, {2, 0, 4}), i64({5}, {0, 1, 0, 2, 2}), f32({5}, {0, 5, 3, 0, 0})},
       .expected = {f32({3}, {0, 0, 0})}},
      {.name = "largest",
       .op = along(1, ScatterReduction::kMax),
       .inputs = {x, i64({1, 3}, {1, 1, 4}), f32({1, 3}, {1.5, 2.5, 3})},
       .expected = {f32({1, 5}, {1, 2.5, 3, 4, 5})}},
      {.name = "smallest, NaN wins",
       .op = along(1, ScatterReduction::kMin),
       .inputs = {x, i64({1, 3}, {1, 1, 4}), f32({1, 3}, {kNan, 2.5, 3})},
       .expected = {f32({1, 5}, {1, kNan, 3, 4, 3})},
       .gradient = false},
      {.name = "unsigned integers beyond i64",
       .op = along(0, ScatterReduction::kMax),
       .inputs = {ints(DType::kU64, {2}, {-1, 5}), i64({2}, {0, 1}),
                  ints(DType::kU64, {2}, {7, -2})},
       .expected = {ints(DType::kU64, {2}, {-1, -2})}},
      {.name = "strings",
       .op = along(0),
       .inputs = {strings({2}, {"a", "b"}), i64({1}, {1}), strings({1}, {"c"})},
       .expected = {strings({2}, {"a", "c"})}},
      {.name = "no update",
       .op = along(0),
       .inputs = {f32({2}, {1, 2}), i64({0}, {}), f32({0}, {})},
       .expected = {f32({2}, {1, 2})}},
  };
}

TEST(ScatterElements, RefusesUpdatesThatDoNotFit) {
  const Tensor x = f32({2}, {1, 2});
  expect_refused(along(0), {x, i64({1}, {2}), f32({1}, {0})}, "index 2 is outside [-2, 2)");
  expect_refused(along(0), {x, i64({1}, {0}), f32({2}, {0, 0})},
                 "updates has 2 on axis 0, indices has 1");
  expect_refused(along(0, ScatterReduction::kAdd),
                 {strings({1}, {"a"}), i64({1}, {0}), strings({1}, {"b"})},
                 "string elements cannot be reduced");
}

TERN_OP_TEST(ScatterND) {
  const Tensor x = f32({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Tensor rows = i64({3, 1}, {1, 3, 1});
  const Tensor updates = f32({3, 2}, {10, 0.5, 2, 3, 20, 9});
  return {
      {.name = "elements",
       .op = joining(ScatterReduction::kNone),
       .inputs = {f32({8}, {1, 2, 3, 4, 5, 6, 7, 8}), i64({4, 1}, {4, 3, 1, -1}),
                  f32({4}, {9, 10, 11, 12})},
       .expected = {f32({8}, {1, 11, 3, 10, 9, 6, 7, 12})}},
      {.name = "slices",
       .op = joining(ScatterReduction::kNone),
       .inputs = {x, i64({2, 1}, {0, 2}), f32({2, 2}, {-1, -2, -3, -4})},
       .expected = {f32({4, 2}, {-1, -2, 3, 4, -3, -4, 7, 8})}},
      {.name = "sums",
       .op = joining(ScatterReduction::kAdd),
       .inputs = {x, rows, updates},
       .expected = {f32({4, 2}, {1, 2, 33, 13.5, 5, 6, 9, 11})}},
      {.name = "products",
       .op = joining(ScatterReduction::kMul),
       .inputs = {x, rows, updates},
       .expected = {f32({4, 2}, {1, 2, 600, 18, 5, 6, 14, 24})}},
      {.name = "largest",
       .op = joining(ScatterReduction::kMax),
       .inputs = {x, rows, updates},
       .expected = {f32({4, 2}, {1, 2, 20, 9, 5, 6, 7, 8})}},
      {.name = "smallest",
       .op = joining(ScatterReduction::kMin),
       .inputs = {x, rows, updates},
       .expected = {f32({4, 2}, {1, 2, 3, 0.5, 5, 6, 2, 3})}},
      {.name = "integers wrap around",
       .op = joining(ScatterReduction::kAdd),
       .inputs = {ints(DType::kI8, {1}, {127}), i64({1, 1}, {0}), ints(DType::kI8, {1}, {1})},
       .expected = {ints(DType::kI8, {1}, {-128})}},
  };
}

TEST(ScatterND, RefusesUpdatesThatDoNotFit) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  expect_refused(ops::ScatterND{}, {x, i64({1, 1}, {0}), f32({1, 2}, {0, 0})},
                 "updates has 2 on axis 1, what the indices name has 3");
  expect_refused(ops::ScatterND{}, {x, i64({1, 1}, {-3}), f32({1, 3}, {0, 0, 0})},
                 "axis 0: index -3 is outside [-2, 2)");
}

}  // namespace tern::testing

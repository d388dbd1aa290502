// Tensors of a pattern: marks, diagonals, triangles.
#include <limits>

#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(OneHot) {
  return {
      {.name = "the new axis is the last",
       .op = ops::OneHot{},
       .inputs = {i64({3}, {0, -1, 5}), i64({}, {4}), f32({2}, {-1, 2})},
       .expected = {f32({3, 4}, {2, -1, -1, -1, -1, -1, -1, 2, -1, -1, -1, -1})}},
      {.name = "the new axis is the first, numbers are floats",
       .op = ops::OneHot{.axis = 0},
       .inputs = {f32({2}, {1, 0}), f32({1}, {2}), i64({2}, {5, 6})},
       .expected = {i64({2, 2}, {5, 6, 6, 5})},
       .constant_inputs = {0, 1}},
      {.name = "a scalar becomes a vector",
       .op = ops::OneHot{},
       .inputs = {i32({}, {2}), i64({}, {3}), strings({2}, {"off", "on"})},
       .expected = {strings({3}, {"off", "off", "on"})}},
  };
}

TEST(OneHot, RefusesWhatIsNoDepth) {
  const Tensor values = f32({2}, {0, 1});
  expect_refused(ops::OneHot{}, {i64({1}, {0}), i64({}, {-1}), values}, "depth is -1");
  expect_refused(ops::OneHot{}, {i64({1}, {0}), i64({2}, {1, 2}), values},
                 "depth has 2 entries, not one");
  expect_refused(ops::OneHot{}, {i64({1}, {0}), i64({}, {2}), f32({3}, {0, 1, 2})},
                 "values has 3 entries, not 2");
  expect_refused(ops::OneHot{.axis = 2}, {i64({1}, {0}), i64({}, {2}), values},
                 "axis 2 for rank 2");
}

TERN_OP_TEST(EyeLike) {
  return {
      {.name = "the type of the input",
       .op = ops::EyeLike{},
       .inputs = {i32({2, 3}, {7, 7, 7, 7, 7, 7})},
       .expected = {i32({2, 3}, {1, 0, 0, 0, 1, 0})}},
      {.name = "a lower diagonal of another type",
       .op = ops::EyeLike{.dtype = DType::kF64, .k = -1},
       .inputs = {i32({3, 2}, {7, 7, 7, 7, 7, 7})},
       .expected = {f64({3, 2}, {0, 0, 1, 0, 0, 1})}},
      {.name = "a diagonal outside the matrix",
       .op = ops::EyeLike{.k = std::numeric_limits<std::int64_t>::max()},
       .inputs = {boolean({2, 2}, {1, 1, 1, 1})},
       .expected = {boolean({2, 2}, {0, 0, 0, 0})}},
  };
}

TEST(EyeLike, RefusesWhatIsNoMatrix) {
  expect_refused(ops::EyeLike{}, {f32({2}, {0, 0})}, "the input has rank 1, not 2");
  expect_refused(ops::EyeLike{.dtype = DType::kString}, {f32({1, 1}, {0})},
                 "attribute 'dtype' is string");
}

TERN_OP_TEST(Trilu) {
  const Tensor x = f32({2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  return {
      {.name = "upper triangles of a stack",
       .op = ops::Trilu{},
       .inputs = {x},
       .expected = {f32({2, 2, 3}, {1, 2, 3, 0, 5, 6, 7, 8, 9, 0, 11, 12})}},
      {.name = "lower, the diagonal moved to the left",
       .op = ops::Trilu{.upper = false},
       .inputs = {f32({3, 2}, {1, 2, 3, 4, 5, 6}), i64({}, {-1})},
       .expected = {f32({3, 2}, {0, 0, 3, 0, 5, 6})}},
      {.name = "upper, the diagonal moved to the right",
       .op = ops::Trilu{},
       .inputs = {f32({2, 3}, {1, 2, 3, 4, 5, 6}), i64({1}, {2})},
       .expected = {f32({2, 3}, {0, 0, 3, 0, 0, 0})}},
      {.name = "everything is below a diagonal far away",
       .op = ops::Trilu{.upper = false},
       .inputs = {i32({2, 2}, {1, 2, 3, 4}), i64({}, {std::numeric_limits<std::int64_t>::max()})},
       .expected = {i32({2, 2}, {1, 2, 3, 4})}},
      {.name = "no row",
       .op = ops::Trilu{},
       .inputs = {f32({0, 2}, {})},
       .expected = {f32({0, 2}, {})}},
  };
}

TEST(Trilu, RefusesAVector) {
  expect_refused(ops::Trilu{}, {f32({2}, {1, 2})}, "the input has rank 1, below 2");
}

}  // namespace tern::testing

#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Gather) {
  return {
      {.name = "rows, some twice",
       .op = ops::Gather{},
       .inputs = {f32({3, 2}, {1, 2, 3, 4, 5, 6}), i64({3}, {2, 0, 2})},
       .expected = {f32({3, 2}, {5, 6, 1, 2, 5, 6})}},
      {.name = "columns by a matrix of indices",
       .op = ops::Gather{.axis = 1},
       .inputs = {f32({2, 3}, {1, 2, 3, 4, 5, 6}), i32({1, 2}, {-1, 0})},
       .expected = {f32({2, 1, 2}, {3, 1, 6, 4})}},
      {.name = "a scalar index removes the axis",
       .op = ops::Gather{.axis = -1},
       .inputs = {f32({2, 3}, {1, 2, 3, 4, 5, 6}), i64({}, {1})},
       .expected = {f32({2}, {2, 5})}},
      {.name = "no index",
       .op = ops::Gather{},
       .inputs = {f32({3, 2}, {1, 2, 3, 4, 5, 6}), i64({0}, {})},
       .expected = {f32({0, 2}, {})}},
      {.name = "strings",
       .op = ops::Gather{},
       .inputs = {strings({2}, {"zero", "one"}), i64({2}, {1, 0})},
       .expected = {strings({2}, {"one", "zero"})}},
      {.name = "packed elements",
       .op = ops::Gather{},
       .inputs = {ints(DType::kU4, {3, 1}, {1, 9, 15}), i64({3}, {2, 2, 1})},
       .expected = {ints(DType::kU4, {3, 1}, {15, 15, 9})}},
  };
}

TEST(Gather, RefusesAnIndexOutsideTheAxis) {
  const Tensor x = f32({3}, {1, 2, 3});
  expect_refused(ops::Gather{}, {x, i64({1}, {3})}, "index 3 is outside [-3, 3)");
  expect_refused(ops::Gather{}, {x, i64({1}, {-4})}, "index -4 is outside [-3, 3)");
  expect_refused(ops::Gather{}, {f32({}, {1}), i64({1}, {0})}, "axis 0 for rank 0");
}

TERN_OP_TEST(GatherGrad) {
  return {
      {.name = "rows named twice add up",
       .op = ops::GatherGrad{},
       .inputs = {f32({3, 2}, {1, 2, 3, 4, 5, 6}), f32({3, 2}, {0, 0, 0, 0, 0, 0}),
                  i64({3}, {2, 0, -1})},
       .expected = {f32({3, 2}, {3, 4, 0, 0, 6, 8})},
       .constant_inputs = {1}},
      {.name = "a scalar index",
       .op = ops::GatherGrad{.axis = 1},
       .inputs = {f32({2}, {1, 2}), f32({2, 3}, {0, 0, 0, 0, 0, 0}), i64({}, {1})},
       .expected = {f32({2, 3}, {0, 1, 0, 0, 2, 0})},
       .constant_inputs = {1}},
  };
}

}  // namespace tern::testing

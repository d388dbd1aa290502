#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Concat) {
  return {
      {.name = "columns",
       .op = ops::Concat{.axis = 1},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), f32({2, 1}, {5, 6}), f32({2, 2}, {7, 8, 9, 10})},
       .expected = {f32({2, 5}, {1, 2, 5, 7, 8, 3, 4, 6, 9, 10})}},
      {.name = "rows from the back",
       .op = ops::Concat{.axis = -2},
       .inputs = {i64({1, 2}, {1, 2}), i64({2, 2}, {3, 4, 5, 6})},
       .expected = {i64({3, 2}, {1, 2, 3, 4, 5, 6})}},
      {.name = "one input",
       .op = ops::Concat{.axis = 0},
       .inputs = {f32({2}, {1, 2})},
       .expected = {f32({2}, {1, 2})}},
      {.name = "an empty part",
       .op = ops::Concat{.axis = 0},
       .inputs = {f32({0, 2}, {}), f32({1, 2}, {1, 2})},
       .expected = {f32({1, 2}, {1, 2})}},
      {.name = "strings",
       .op = ops::Concat{.axis = 0},
       .inputs = {strings({1}, {"a long string that lives on the heap"}), strings({1}, {"b"})},
       .expected = {strings({2}, {"a long string that lives on the heap", "b"})}},
      {.name = "packed elements that do not start at a byte",
       .op = ops::Concat{.axis = 0},
       .inputs = {ints(DType::kI4, {3}, {-8, 7, -1}), ints(DType::kI4, {2}, {3, -4})},
       .expected = {ints(DType::kI4, {5}, {-8, 7, -1, 3, -4})}},
  };
}

TEST(Concat, RefusesWhatDoesNotFit) {
  const Tensor a = f32({1, 2}, {1, 2});
  expect_refused(ops::Concat{.axis = 0}, {a, f32({1, 1}, {1})},
                 "axis 1 of input 1: sizes 2 and 1 differ");
  expect_refused(ops::Concat{.axis = 0}, {a, f32({2}, {1, 2})},
                 "input 1 has rank 1, input 0 has 2");
  expect_refused(ops::Concat{.axis = 2}, {a}, "axis 2 for rank 2");
  expect_refused(ops::Concat{.axis = 0}, {}, "no input");
  expect_refused(ops::Concat{.axis = 0}, {a, i64({1, 2}, {1, 2})}, "i64");
}

}  // namespace tern::testing

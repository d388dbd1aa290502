#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Transpose) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor cube = f32({2, 1, 3}, {1, 2, 3, 4, 5, 6});
  return {
      {.name = "the axes are reversed",
       .op = ops::Transpose{},
       .inputs = {x},
       .expected = {f32({3, 2}, {1, 4, 2, 5, 3, 6})}},
      {.name = "the order that is named",
       .op = ops::Transpose{.perm = {2, 0, 1}},
       .inputs = {cube},
       .expected = {f32({3, 2, 1}, {1, 4, 2, 5, 3, 6})}},
      {.name = "only an axis of size 1 moves",
       .op = ops::Transpose{.perm = {1, 0, 2}},
       .inputs = {cube},
       .expected = {f32({1, 2, 3}, {1, 2, 3, 4, 5, 6})}},
      {.name = "strings",
       .op = ops::Transpose{},
       .inputs = {strings({2, 2}, {"a", "b", "c", "d"})},
       .expected = {strings({2, 2}, {"a", "c", "b", "d"})}},
      {.name = "four bits",
       .op = ops::Transpose{},
       .inputs = {of(DType::kI4, {3, 2}, {-8, 1, 2, 3, 7, 0})},
       .expected = {of(DType::kI4, {2, 3}, {-8, 2, 7, 1, 3, 0})}},
      {.name = "a scalar",
       .op = ops::Transpose{},
       .inputs = {f32({}, {5})},
       .expected = {f32({}, {5})}},
      {.name = "nothing",
       .op = ops::Transpose{.perm = {1, 0}},
       .inputs = {f32({0, 3}, {})},
       .expected = {f32({3, 0}, {})}},
  };
}

TEST(Transpose, RefusesWhatIsNoPermutation) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  expect_refused(ops::Transpose{.perm = {0, -1}}, {x}, "perm names axis -1, the rank is 2");
  expect_refused(ops::Transpose{.perm = {0, 2}}, {x}, "perm names axis 2, the rank is 2");
  expect_refused(ops::Transpose{.perm = {1, 1}}, {x}, "axis 1 is named twice");
  expect_refused(ops::Transpose{.perm = {0}}, {x}, "perm has 1 entries for rank 2");
}

}  // namespace tern::testing

#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Split) {
  return {
      {.name = "equal parts",
       .op = ops::Split{.axis = 0, .num_outputs = 3},
       .inputs = {f32({6}, {1, 2, 3, 4, 5, 6})},
       .expected = {f32({2}, {1, 2}), f32({2}, {3, 4}), f32({2}, {5, 6})}},
      {.name = "the last part is smaller",
       .op = ops::Split{.axis = 0, .num_outputs = 4},
       .inputs = {f32({7}, {1, 2, 3, 4, 5, 6, 7})},
       .expected = {f32({2}, {1, 2}), f32({2}, {3, 4}), f32({2}, {5, 6}), f32({1}, {7})}},
      {.name = "as many parts as outputs",
       .op = ops::Split{.axis = -1},
       .inputs = {f32({2, 2}, {1, 2, 3, 4})},
       .expected = {f32({2, 1}, {1, 3}), f32({2, 1}, {2, 4})}},
      {.name = "given sizes",
       .op = ops::Split{.axis = 1},
       .inputs = {f32({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}), i64({3}, {1, 0, 3})},
       .expected = {f32({2, 1}, {1, 5}), f32({2, 0}, {}), f32({2, 3}, {2, 3, 4, 6, 7, 8})}},
      {.name = "strings",
       .op = ops::Split{},
       .inputs = {strings({3}, {"a", "b", "c"}), i64({2}, {2, 1})},
       .expected = {strings({2}, {"a", "b"}), strings({1}, {"c"})}},
  };
}

TEST(Split, RefusesSizesThatDoNotAddUp) {
  const Tensor x = f32({4}, {1, 2, 3, 4});
  expect_refused(ops::Split{}, {x, i64({2}, {1, 2})}, "add up to 3, the axis has 4", 2);
  expect_refused(ops::Split{}, {x, i64({2}, {5, -1})}, "a size of -1", 2);
  expect_refused(ops::Split{}, {x, i64({2}, {2, 2})}, "2 sizes for 3 outputs", 3);
  expect_refused(ops::Split{.num_outputs = 2}, {x}, "num_outputs is 2 and the node has 3", 3);
  expect_refused(ops::Split{.num_outputs = 2}, {x, i64({2}, {2, 2})}, "both", 2);
  expect_refused(ops::Split{.axis = 1}, {x}, "axis 1 for rank 1", 2);
}

}  // namespace tern::testing

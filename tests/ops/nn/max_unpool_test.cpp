#include "tern/ops/pool.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(MaxUnpool) {
  const Tensor x = f32({1, 1, 2, 2}, {1, 2, 3, 4});
  const Tensor at = i64({1, 1, 2, 2}, {5, 7, 13, 15});
  return {
      {.name = "sizes from the window",
       .op = ops::MaxUnpool{.kernel_shape = {2, 2}, .strides = {2, 2}},
       .inputs = {x, at},
       .expected = {f32({1, 1, 4, 4}, {0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4})}},
      // The indices still count the 4 x 4 elements that were pooled.
      {.name = "a stated size",
       .op = ops::MaxUnpool{.kernel_shape = {2, 2}, .strides = {2, 2}},
       .inputs = {x, at, i64({4}, {1, 1, 5, 5})},
       .expected = {f32({1, 1, 5, 5}, {0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0,
                                       0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0, 0})}},
      {.name = "pads and overlapping windows",
       .op = ops::MaxUnpool{.kernel_shape = {3}, .pads = {1, 1}},
       .inputs = {f32({1, 2, 3}, {1, 2, 3, 4, 5, 6}), i64({1, 2, 3}, {0, 1, 2, 3, 5, 4})},
       .expected = {f32({1, 2, 3}, {1, 2, 3, 4, 6, 5})}},
  };
}

TERN_OP_TEST(MaxUnpoolGrad) {
  return {
      {.name = "a stated size",
       .op = ops::MaxUnpoolGrad{.kernel_shape = {2}, .strides = {2}},
       .inputs = {f32({1, 2, 5}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), i64({1, 2, 2}, {1, 2, 4, 7})},
       .expected = {f32({1, 2, 2}, {1, 2, 5, 8})}},
  };
}

TEST(MaxUnpool, RefusesWhatDoesNotFit) {
  const ops::MaxUnpool op{.kernel_shape = {2}, .strides = {2}};
  const Tensor x = f32({1, 1, 2}, {1, 2});
  expect_refused(op, {x, i64({1, 1, 2}, {0, 4})}, "I has 4 at 1, the tensor has 4 elements");
  expect_refused(op, {x, i64({1, 1, 2}, {-1, 0})}, "I has -1");
  expect_refused(op, {x, i64({1, 2, 1}, {0, 1})}, "I");
  expect_refused(op, {x, i64({1, 1, 2}, {0, 2}), i64({3}, {1, 1, 3})},
                 "output_shape has 3 on axis 2, at least 4");
  expect_refused(ops::MaxUnpool{.kernel_shape = {2}, .pads = {9, 9}}, {x, i64({1, 1, 2}, {0, 1})},
                 "cover no axis");
  expect_refused(ops::MaxUnpool{.kernel_shape = {2, 2}}, {x, i64({1, 1, 2}, {0, 1})},
                 "kernel has 2 axes");
}

}  // namespace tern::testing

#include "tern/ops/indexing.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(TensorScatter) {
  const Tensor cache = f32({2, 3, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  const Tensor update = f32({2, 2, 2}, {-1, -2, -3, -4, -5, -6, -7, -8});
  return {
      {.name = "every row has its own position",
       .op = ops::TensorScatter{},
       .inputs = {cache, update, i64({2}, {1, 0})},
       .expected = {f32({2, 3, 2}, {1, 2, -1, -2, -3, -4, -5, -6, -7, -8, 11, 12})}},
      {.name = "from the beginning",
       .op = ops::TensorScatter{.axis = 1},
       .inputs = {cache, update},
       .expected = {f32({2, 3, 2}, {-1, -2, -3, -4, 5, 6, -5, -6, -7, -8, 11, 12})}},
      {.name = "around the end",
       .op = ops::TensorScatter{.mode = ops::CacheMode::kCircular},
       .inputs = {cache, update, i64({2}, {2, 1})},
       .expected = {f32({2, 3, 2}, {-3, -4, 3, 4, -1, -2, 7, 8, -5, -6, -7, -8})}},
      {.name = "the sequence is the last axis, with heads before it",
       .op = ops::TensorScatter{.axis = -1},
       .inputs = {f32({1, 2, 3}, {1, 2, 3, 4, 5, 6}), f32({1, 2, 1}, {-1, -2}), i64({1}, {2})},
       .expected = {f32({1, 2, 3}, {1, 2, -1, 4, 5, -2})}},
  };
}

TEST(TensorScatter, RefusesUpdatesThatDoNotFit) {
  const Tensor cache = f32({1, 3, 1}, {1, 2, 3});
  const Tensor two = f32({1, 2, 1}, {1, 2});
  expect_refused(ops::TensorScatter{}, {cache, two, i64({1}, {2})},
                 "write index 2 is outside [0, 1]");
  expect_refused(ops::TensorScatter{.mode = ops::CacheMode::kCircular}, {cache, two, i64({1}, {3})},
                 "write index 3 is outside [0, 2]");
  expect_refused(ops::TensorScatter{}, {two, cache}, "the update has 3 entries, the cache 2");
  expect_refused(ops::TensorScatter{.axis = 0}, {cache, two}, "axis 0 is the batch");
  expect_refused(ops::TensorScatter{}, {cache, two, i64({2}, {0, 0})}, "sizes 1 and 2 differ");
}

}  // namespace tern::testing

#include "tern/ops/math.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(MatMul) {
  return {
      {.name = "matrices",
       .op = ops::MatMul{},
       .inputs = {f32({2, 3}, {1, 2, 3, 4, 5, 6}), f32({3, 2}, {1, 0, 0, 1, 1, 1})},
       .expected = {f32({2, 2}, {4, 5, 10, 11})}},
      {.name = "vector times matrix",
       .op = ops::MatMul{},
       .inputs = {f32({2}, {1, 2}), f32({2, 3}, {1, 2, 3, 4, 5, 6})},
       .expected = {f32({3}, {9, 12, 15})}},
      {.name = "matrix times vector",
       .op = ops::MatMul{},
       .inputs = {f32({2, 3}, {1, 2, 3, 4, 5, 6}), f32({3}, {1, 10, 100})},
       .expected = {f32({2}, {321, 654})}},
      {.name = "vector times vector",
       .op = ops::MatMul{},
       .inputs = {f32({3}, {1, 2, 3}), f32({3}, {4, 5, 6})},
       .expected = {f32({}, {32})}},
      {.name = "batches broadcast",
       .op = ops::MatMul{},
       .inputs = {f32({2, 1, 1, 2}, {1, 2, 3, 4}), f32({2, 2, 1}, {1, 1, 2, 3})},
       .expected = {f32({2, 2, 1, 1}, {3, 8, 7, 18})}},
      {.name = "integers",
       .op = ops::MatMul{},
       .inputs = {i32({1, 2}, {1 << 20, 3}), i32({2, 1}, {4, 5})},
       .expected = {i32({1, 1}, {(1 << 22) + 15})}},
  };
}

TEST(MatMul, RefusesInnerSizesThatDiffer) {
  expect_refused(ops::MatMul{}, {f32({1, 2}, {1, 2}), f32({1, 2}, {1, 2})},
                 "A has 2 columns and B has 1 rows");
}

}  // namespace tern::testing

#include "tern/ops/arithmetic.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(CumProd) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  return {
      {.name = "along columns",
       .op = ops::CumProd{},
       .inputs = {x, i64({}, {1})},
       .expected = {f32({2, 3}, {1, 2, 6, 4, 20, 120})}},
      {.name = "along rows, from the end",
       .op = ops::CumProd{.reverse = true},
       .inputs = {x, i32({}, {-2})},
       .expected = {f32({2, 3}, {4, 10, 18, 4, 5, 6})}},
      {.name = "up to the one before",
       .op = ops::CumProd{.exclusive = true},
       .inputs = {x, i64({1}, {1})},
       .expected = {f32({2, 3}, {1, 1, 2, 1, 4, 20})}},
      {.name = "from the one behind to the end",
       .op = ops::CumProd{.exclusive = true, .reverse = true},
       .inputs = {x, i64({}, {1})},
       .expected = {f32({2, 3}, {6, 3, 1, 30, 6, 1})}},
      {.name = "one zero, two zeros",
       .op = ops::CumProd{},
       .inputs = {f32({2, 4}, {2, 0, 3, 4, 0, 5, 0, 6}), i64({}, {1})},
       .expected = {f32({2, 4}, {2, 0, 0, 0, 0, 0, 0, 0})}},
      {.name = "zeros, up to the one before, from the end",
       .op = ops::CumProd{.exclusive = true, .reverse = true},
       .inputs = {f32({4}, {2, 3, 0, 4}), i64({}, {0})},
       .expected = {f32({4}, {0, 0, 4, 1})}},
      {.name = "integers wrap around",
       .op = ops::CumProd{},
       .inputs = {i32({2}, {65536, 65537}), i64({}, {0})},
       .expected = {i32({2}, {65536, 65536})}},
  };
}

TEST(CumProd, RefusesAnAxisOutsideTheRank) {
  expect_refused(ops::CumProd{}, {f32({1}, {1}), i64({}, {1})}, "axis 1 for rank 1");
  expect_refused(ops::CumProd{}, {f32({1}, {1}), i64({2}, {0, 0})}, "axis has 2 entries");
}

}  // namespace tern::testing

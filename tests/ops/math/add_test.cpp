#include "tern/ops/math.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Add) {
  return {
      {.name = "same shape",
       .op = ops::Add{},
       .inputs = {f32({3}, {1, 2, 3}), f32({3}, {10, 20, 30})},
       .expected = {f32({3}, {11, 22, 33})}},
      {.name = "row and column",
       .op = ops::Add{},
       .inputs = {f32({2, 1}, {1, 2}), f32({3}, {10, 20, 30})},
       .expected = {f32({2, 3}, {11, 21, 31, 12, 22, 32})}},
      {.name = "scalar and nothing",
       .op = ops::Add{},
       .inputs = {f32({2, 0}, {}), f32({}, {1})},
       .expected = {f32({2, 0}, {})}},
      {.name = "integers wrap around",
       .op = ops::Add{},
       .inputs = {ints(DType::kU8, {2}, {250, 1}), ints(DType::kU8, {2}, {10, 2})},
       .expected = {ints(DType::kU8, {2}, {4, 3})}},
      {.name = "large integers stay exact",
       .op = ops::Add{},
       .inputs = {i64({1}, {(1LL << 60) + 1}), i64({1}, {2})},
       .expected = {i64({1}, {(1LL << 60) + 3})}},
  };
}

TEST(Add, RefusesShapesThatDoNotBroadcast) {
  expect_refused(ops::Add{}, {f32({2}, {1, 2}), f32({3}, {1, 2, 3})}, "sizes 2 and 3");
}

}  // namespace tern::testing

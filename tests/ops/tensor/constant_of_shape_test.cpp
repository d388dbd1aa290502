#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(ConstantOfShape) {
  return {
      {.name = "zeros by default",
       .op = ops::ConstantOfShape{},
       .inputs = {i64({2}, {2, 3})},
       .expected = {f32({2, 3}, {0, 0, 0, 0, 0, 0})}},
      {.name = "a value with its type",
       .op = ops::ConstantOfShape{.value = i32({1}, {7})},
       .inputs = {i64({1}, {3})},
       .expected = {i32({3}, {7, 7, 7})}},
      {.name = "a scalar",
       .op = ops::ConstantOfShape{.value = f32({1}, {1.5})},
       .inputs = {i64({0}, {})},
       .expected = {f32({}, {1.5})}},
      {.name = "empty",
       .op = ops::ConstantOfShape{},
       .inputs = {i64({2}, {0, 5})},
       .expected = {f32({0, 5}, {})}},
      {.name = "packed",
       .op = ops::ConstantOfShape{.value = ints(DType::kI4, {1}, {-3})},
       .inputs = {i64({1}, {3})},
       .expected = {ints(DType::kI4, {3}, {-3, -3, -3})}},
  };
}

TEST(ConstantOfShape, RefusesSizesBeyondLimits) {
  const ops::ConstantOfShape op;
  expect_refused(op, {i64({1}, {-1})}, "negative size");
  expect_refused(op, {i64({2}, {std::int64_t{1} << 40, std::int64_t{1} << 40})}, "2^62");
  expect_refused(op, {i64({1}, {std::int64_t{1} << 50})}, "does not fit in memory");
  expect_refused(op, {i64({17}, std::vector<std::int64_t>(17, 1))}, "rank 17 is above the limit");
  expect_refused(ops::ConstantOfShape{.value = f32({2}, {1, 2})}, {i64({1}, {1})},
                 "value has 2 elements");
}

}  // namespace tern::testing

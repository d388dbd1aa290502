#include <limits>

#include "tern/ops/reduce.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TERN_OP_TEST(TopK) {
  const Tensor x = f32({2, 4}, {0, 3, 1, 2, 11, 10, 9, 8});
  return {
      {.name = "largest of rows",
       .op = ops::TopK{},
       .inputs = {x, i64({1}, {2})},
       .expected = {f32({2, 2}, {3, 2, 11, 10}), i64({2, 2}, {1, 3, 0, 1})}},
      {.name = "smallest of rows",
       .op = ops::TopK{.axis = 1, .largest = false},
       .inputs = {x, i64({1}, {3})},
       .expected = {f32({2, 3}, {0, 1, 2, 8, 9, 10}), i64({2, 3}, {0, 2, 3, 3, 2, 1})}},
      {.name = "largest of columns",
       .op = ops::TopK{.axis = 0},
       .inputs = {x, i64({1}, {1})},
       .expected = {f32({1, 4}, {11, 10, 9, 8}), i64({1, 4}, {1, 1, 1, 1})}},
      {.name = "of equals the first",
       .op = ops::TopK{.largest = false},
       .inputs = {i64({4}, {7, 5, 5, 5}), i64({1}, {2})},
       .expected = {i64({2}, {5, 5}), i64({2}, {1, 2})}},
      {.name = "NaN is the largest",
       .op = ops::TopK{},
       .inputs = {f32({3}, {1, kNan, 2}), i64({1}, {2})},
       .expected = {f32({2}, {kNan, 2}), i64({2}, {1, 2})},
       .gradient = false},
      {.name = "unsigned integers beyond i64",
       .op = ops::TopK{},
       .inputs = {ints(DType::kU64, {2}, {3, -1}), i64({1}, {1})},
       .expected = {ints(DType::kU64, {1}, {-1}), i64({1}, {1})}},
      {.name = "none",
       .op = ops::TopK{},
       .inputs = {f32({2}, {1, 2}), i64({1}, {0})},
       .expected = {f32({0}, {}), i64({0}, {})}},
  };
}

TEST(TopK, RefusesMoreThanThereAre) {
  const Tensor x = f32({2}, {1, 2});
  expect_refused(ops::TopK{}, {x, i64({1}, {3})}, "K is 3 on an axis of 2", 2);
  expect_refused(ops::TopK{}, {x, i64({1}, {-1})}, "K is -1 on an axis of 2", 2);
  expect_refused(ops::TopK{}, {x, i64({2}, {1, 1})}, "K has 2 entries, not one", 2);
}

}  // namespace tern::testing

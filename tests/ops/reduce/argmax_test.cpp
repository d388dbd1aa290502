#include <cmath>

#include "tern/ops/reduce.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

constexpr std::int64_t kBig = (1LL << 60) + 1;  // no double holds this

}  // namespace

TERN_OP_TEST(ArgMax) {
  const Tensor x = f32({2, 3}, {2, 5, 5, 4, 1, 4});
  return {{.name = "the first of equals",
           .op = ops::ArgMax{.axis = 1},
           .inputs = {x},
           .expected = {i64({2, 1}, {1, 0})}},
          {.name = "the last of equals",
           .op = ops::ArgMax{.axis = -1, .keepdims = false, .select_last_index = true},
           .inputs = {x},
           .expected = {i64({2}, {2, 2})}},
          {.name = "along the first axis",
           .op = ops::ArgMax{},
           .inputs = {x},
           .expected = {i64({1, 3}, {1, 0, 0})}},
          {.name = "NaN",
           .op = ops::ArgMax{},
           .inputs = {f32({3}, {1, NAN, 2})},
           .expected = {i64({1}, {1})}},
          {.name = "integers",
           .op = ops::ArgMax{},
           .inputs = {i64({3}, {kBig - 1, kBig, 0})},
           .expected = {i64({1}, {1})}},
          {.name = "large unsigned integers",
           .op = ops::ArgMax{},
           .inputs = {ints(DType::kU64, {2}, {1, -1})},
           .expected = {i64({1}, {1})}}};
}

TEST(ArgMax, NeedsAnElement) {
  expect_refused(ops::ArgMax{}, {f32({0, 2}, {})}, "axis 0 has no element");
  expect_refused(ops::ArgMax{.axis = 1}, {f32({2}, {1, 2})}, "axis 1 for rank 1");
}

TERN_OP_TEST(ArgMin) {
  const Tensor x = f32({2, 3}, {2, 5, 2, 4, 1, 1});
  return {{.name = "the first of equals",
           .op = ops::ArgMin{.axis = 1},
           .inputs = {x},
           .expected = {i64({2, 1}, {0, 1})}},
          {.name = "the last of equals",
           .op = ops::ArgMin{.axis = 1, .keepdims = false, .select_last_index = true},
           .inputs = {x},
           .expected = {i64({2}, {2, 2})}},
          {.name = "NaN",
           .op = ops::ArgMin{},
           .inputs = {f32({3}, {1, NAN, 0})},
           .expected = {i64({1}, {1})}},
          {.name = "integers",
           .op = ops::ArgMin{},
           .inputs = {i64({3}, {kBig + 1, kBig, kBig + 2})},
           .expected = {i64({1}, {1})}}};
}

}  // namespace tern::testing

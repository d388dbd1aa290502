#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Expand) {
  return {
      {.name = "a column to a matrix",
       .op = ops::Expand{},
       .inputs = {f32({2, 1}, {1, 2}), i64({2}, {2, 3})},
       .expected = {f32({2, 3}, {1, 1, 1, 2, 2, 2})}},
      {.name = "both sides broadcast",
       .op = ops::Expand{},
       .inputs = {f32({3, 1}, {1, 2, 3}), i64({3}, {2, 1, 2})},
       .expected = {f32({2, 3, 2}, {1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3})}},
      {.name = "fewer sizes than axes",
       .op = ops::Expand{},
       .inputs = {f32({2, 1}, {1, 2}), i64({1}, {2})},
       .expected = {f32({2, 2}, {1, 1, 2, 2})}},
      {.name = "to nothing",
       .op = ops::Expand{},
       .inputs = {f32({1}, {1}), i64({2}, {0, 1})},
       .expected = {f32({0, 1}, {})}},
      {.name = "a scalar string",
       .op = ops::Expand{},
       .inputs = {strings({}, {"x"}), i64({1}, {2})},
       .expected = {strings({2}, {"x", "x"})}},
  };
}

TEST(Expand, RefusesSizesThatDoNotBroadcastOrDoNotFit) {
  const Tensor x = f32({3}, {1, 2, 3});
  expect_refused(ops::Expand{}, {x, i64({1}, {2})}, "sizes 3 and 2 do not broadcast");
  expect_refused(ops::Expand{}, {x, i64({2}, {-1, 3})}, "a size of -1");
  expect_refused(ops::Expand{}, {x, i64({2}, {std::int64_t{1} << 61, 3})}, "2^62 elements");
  expect_refused(ops::Expand{}, {x, i64({17}, std::vector<std::int64_t>(17, 1))}, "rank");
}

}  // namespace tern::testing

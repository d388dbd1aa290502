#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Tile) {
  return {
      {.name = "along both axes",
       .op = ops::Tile{},
       .inputs = {f32({2, 2}, {0, 1, 2, 3}), i64({2}, {2, 2})},
       .expected = {f32({4, 4}, {0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3})}},
      {.name = "along one axis",
       .op = ops::Tile{},
       .inputs = {f32({1, 2}, {5, 6}), i64({2}, {3, 1})},
       .expected = {f32({3, 2}, {5, 6, 5, 6, 5, 6})}},
      {.name = "never",
       .op = ops::Tile{},
       .inputs = {f32({2}, {1, 2}), i64({1}, {0})},
       .expected = {f32({0}, {})}},
      {.name = "strings",
       .op = ops::Tile{},
       .inputs = {strings({1}, {"a"}), i64({1}, {2})},
       .expected = {strings({2}, {"a", "a"})}},
      {.name = "a scalar",
       .op = ops::Tile{},
       .inputs = {f32({}, {4}), i64({0}, {})},
       .expected = {f32({}, {4})}},
  };
}

TEST(Tile, RefusesRepeatsThatDoNotFit) {
  const Tensor x = f32({2}, {1, 2});
  expect_refused(ops::Tile{}, {x, i64({2}, {1, 1})}, "repeats has 2 entries for rank 1");
  expect_refused(ops::Tile{}, {x, i64({1}, {-1})}, "repeats holds -1");
  expect_refused(ops::Tile{}, {x, i64({1}, {std::int64_t{1} << 62})},
                 "2 times 4611686018427387904 is too large");
}

TERN_OP_TEST(ReverseSequence) {
  const Tensor x = f32({4, 4}, {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15});
  return {
      {.name = "time first",
       .op = ops::ReverseSequence{.batch_axis = 1, .time_axis = 0},
       .inputs = {x, i64({4}, {4, 3, 2, 1})},
       .expected = {f32({4, 4}, {3, 6, 9, 12, 2, 5, 8, 13, 1, 4, 10, 14, 0, 7, 11, 15})}},
      {.name = "batch first, with features",
       .op = ops::ReverseSequence{.batch_axis = 0, .time_axis = 1},
       .inputs = {f32({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), i64({2}, {2, 0})},
       .expected = {f32({2, 2, 2}, {3, 4, 1, 2, 5, 6, 7, 8})}},
  };
}

TEST(ReverseSequence, RefusesLengthsThatDoNotFit) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  expect_refused(ops::ReverseSequence{}, {x, i64({3}, {1, 3, 0})},
                 "sequence length 3 is outside [0, 2]");
  expect_refused(ops::ReverseSequence{}, {x, i64({2}, {1, 1})}, "sizes 3 and 2 differ");
  expect_refused(ops::ReverseSequence{.batch_axis = 0}, {x, i64({2}, {1, 1})},
                 "time and batch are both axis 0");
}

}  // namespace tern::testing

#include "tern/ops/indexing.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(CenterCropPad) {
  const Tensor row = f32({5}, {1, 2, 3, 4, 5});
  return {
      {.name = "an odd crop takes more of the end",
       .op = ops::CenterCropPad{},
       .inputs = {row, i64({1}, {2})},
       .expected = {f32({2}, {2, 3})}},
      {.name = "an odd pad adds more at the end",
       .op = ops::CenterCropPad{},
       .inputs = {f32({2}, {1, 2}), i32({1}, {5})},
       .expected = {f32({5}, {0, 1, 2, 0, 0})}},
      {.name = "one axis is cropped, one padded",
       .op = ops::CenterCropPad{},
       .inputs = {f32({3, 1}, {1, 2, 3}), i64({2}, {1, 3})},
       .expected = {f32({1, 3}, {0, 2, 0})}},
      {.name = "axes in another order",
       .op = ops::CenterCropPad{.axes = {-1, 0}},
       .inputs = {f32({2, 1, 3}, {1, 2, 3, 4, 5, 6}), i64({2}, {1, 3})},
       .expected = {f32({3, 1, 1}, {2, 5, 0})}},
      {.name = "strings",
       .op = ops::CenterCropPad{},
       .inputs = {strings({1}, {"a"}), i64({1}, {3})},
       .expected = {strings({3}, {"", "a", ""})}},
      {.name = "nothing is left",
       .op = ops::CenterCropPad{},
       .inputs = {row, i64({1}, {0})},
       .expected = {f32({0}, {})}},
  };
}

TEST(CenterCropPad, RefusesSizesThatDoNotFit) {
  const Tensor x = f32({2, 2}, {1, 2, 3, 4});
  expect_refused(ops::CenterCropPad{}, {x, i64({1}, {1})}, "shape has 1 entries for 2 axes");
  expect_refused(ops::CenterCropPad{}, {x, i64({2}, {1, -1})}, "shape has a size of -1");
  expect_refused(ops::CenterCropPad{.axes = {0, -2}}, {x, i64({2}, {1, 1})}, "axis");
}

}  // namespace tern::testing

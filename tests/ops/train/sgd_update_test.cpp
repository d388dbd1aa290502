#include "tern/ops/train.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(SgdUpdate) {
  const Tensor w = f32({2}, {1, 2}), g = f32({2}, {10, -20}), rate = f32({}, {0.125});
  const Tensor m = f32({2}, {4, 8});
  return {
      {.name = "plain",
       .op = ops::SgdUpdate{},
       .inputs = {w, g, rate},
       .expected = {f32({2}, {-0.25, 4.5})}},
      {.name = "momentum",  // M = 2 + 10, 4 - 20
       .op = ops::SgdUpdate{.momentum = 0.5},
       .inputs = {w, g, rate, m},
       .expected = {f32({2}, {-0.5, 4}), f32({2}, {12, -16})}},
      {.name = "nesterov",  // steps 10 + 6, -20 - 8
       .op = ops::SgdUpdate{.momentum = 0.5, .nesterov = true},
       .inputs = {w, g, rate, m},
       .expected = {f32({2}, {-1, 5.5}), f32({2}, {12, -16})}},
      {.name = "weight decay",  // gradients 14, -12
       .op = ops::SgdUpdate{.weight_decay = 4},
       .inputs = {w, g, rate},
       .expected = {f32({2}, {-0.75, 3.5})}},
  };
}

TEST(SgdUpdate, RefusesMomentumWithoutState) {
  const Tensor one = f32({1}, {1});
  expect_refused(ops::SgdUpdate{.momentum = 0.5}, {one, one, one}, "needs its state M");
  expect_refused(ops::SgdUpdate{}, {one, f32({2}, {1, 2}), one}, "G has 2 on axis 0");
}

}  // namespace tern::testing

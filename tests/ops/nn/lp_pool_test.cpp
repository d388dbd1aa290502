#include <cmath>

#include "tern/ops/nn_grad.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(LpPool) {
  return {
      {.name = "p of 2",
       .op = ops::LpPool{.kernel_shape = {2}},
       .inputs = {f32({1, 1, 3}, {3, 4, -3})},
       .expected = {f32({1, 1, 2}, {5, 5})}},
      {.name = "p of 1",
       .op = ops::LpPool{.kernel_shape = {2}, .p = 1},
       .inputs = {f32({1, 1, 3}, {3, -4, 1})},
       .expected = {f32({1, 1, 2}, {7, 5})}},
      {.name = "p of 3",
       .op = ops::LpPool{.kernel_shape = {2}, .p = 3},
       .inputs = {f32({1, 1, 2}, {1, -2})},
       .expected = {f32({1, 1, 1}, {std::cbrt(9.0)})}},
      {.name = "padding adds nothing",
       .op = ops::LpPool{.kernel_shape = {2}, .pads = {1, 1}},
       .inputs = {f32({1, 1, 2}, {3, 4})},
       .expected = {f32({1, 1, 3}, {3, 5, 4})}},
      {.name = "dilations",
       .op = ops::LpPool{.dilations = {2}, .kernel_shape = {2}},
       .inputs = {f32({1, 1, 3}, {3, 9, 4})},
       .expected = {f32({1, 1, 1}, {5})}},
      {.name = "strides in two axes, two channels",
       .op = ops::LpPool{.kernel_shape = {1, 2}, .strides = {2, 2}},
       .inputs = {f32({1, 2, 2, 2}, {3, 4, 9, 9, 6, 8, 9, 9})},
       .expected = {f32({1, 2, 1, 1}, {5, 10})}},
  };
}

// Each element of a window gets sign(x) (|x| / norm)^(p - 1).
TERN_OP_TEST(LpPoolGrad) {
  return {
      {.name = "windows that overlap",
       .op = ops::LpPoolGrad{.kernel_shape = {2}},
       .inputs = {f32({1, 1, 2}, {5, 10}), f32({1, 1, 3}, {3, 4, -3})},
       .expected = {f32({1, 1, 3}, {3, 12, -6})}},
      {.name = "p of 1",
       .op = ops::LpPoolGrad{.kernel_shape = {2}, .p = 1},
       .inputs = {f32({1, 1, 1}, {2}), f32({1, 1, 2}, {3, -4})},
       .expected = {f32({1, 1, 2}, {2, -2})}},
      {.name = "p of 3",
       .op = ops::LpPoolGrad{.kernel_shape = {2}, .p = 3},
       .inputs = {f32({1, 1, 1}, {1}), f32({1, 1, 2}, {1, 2})},
       .expected = {f32({1, 1, 2}, {std::pow(9.0, -2.0 / 3), 4 * std::pow(9.0, -2.0 / 3)})}},
      {.name = "a window of zeros has no slope",
       .op = ops::LpPoolGrad{.kernel_shape = {2}},
       .inputs = {f32({1, 1, 1}, {1}), f32({1, 1, 2}, {0, 0})},
       .expected = {f32({1, 1, 2}, {0, 0})}},
  };
}

TERN_OP_TEST(GlobalLpPool) {
  return {
      {.name = "p of 2, two channels",
       .op = ops::GlobalLpPool{},
       .inputs = {f32({1, 2, 2}, {3, -4, 6, 8})},
       .expected = {f32({1, 2, 1}, {5, 10})}},
      {.name = "p of 1",
       .op = ops::GlobalLpPool{.p = 1},
       .inputs = {f32({1, 1, 2, 2}, {1, -2, 3, -4})},
       .expected = {f32({1, 1, 1, 1}, {10})}},
      {.name = "p of 3",
       .op = ops::GlobalLpPool{.p = 3},
       .inputs = {f32({1, 1, 2}, {1, -2})},
       .expected = {f32({1, 1, 1}, {std::cbrt(9.0)})}},
  };
}

TEST(LpPool, RefusesNormsBelowOne) {
  expect_refused(ops::LpPool{.kernel_shape = {1}, .p = 0}, {f32({1, 1, 1}, {1})}, "p 0 is below 1");
}

}  // namespace tern::testing

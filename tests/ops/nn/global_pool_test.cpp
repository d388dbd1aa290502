#include "tern/ops/nn_grad.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(GlobalAveragePool) {
  return {
      {.name = "two channels",
       .op = ops::GlobalAveragePool{},
       .inputs = {f32({1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 10})},
       .expected = {f32({1, 2, 1, 1}, {2.5, 7})}},
      {.name = "one axis, two images",
       .op = ops::GlobalAveragePool{},
       .inputs = {f32({2, 1, 3}, {1, 2, 6, -1, -2, -3})},
       .expected = {f32({2, 1, 1}, {3, -2})}},
  };
}

TERN_OP_TEST(GlobalMaxPool) {
  return {
      {.name = "two channels",
       .op = ops::GlobalMaxPool{},
       .inputs = {f32({1, 2, 2, 2}, {1, 4, 3, 2, -5, -6, -7, -10})},
       .expected = {f32({1, 2, 1, 1}, {4, -5})}},
  };
}

TERN_OP_TEST(GlobalAveragePoolGrad) {
  return {
      {.name = "every element gets its share",
       .op = ops::GlobalAveragePoolGrad{},
       .inputs = {f32({1, 2, 1, 1}, {4, -6}), f32({1, 2, 1, 2}, {1, 2, 3, 4})},
       .expected = {f32({1, 2, 1, 2}, {2, 2, -3, -3})}},
  };
}

TERN_OP_TEST(GlobalMaxPoolGrad) {
  return {
      {.name = "the first largest element gets all",
       .op = ops::GlobalMaxPoolGrad{},
       .inputs = {f32({1, 2, 1}, {3, -7}), f32({1, 2, 4}, {1, 5, 5, 2, -1, -4, -3, -2})},
       .expected = {f32({1, 2, 4}, {0, 3, 0, 0, -7, 0, 0, 0})}},
  };
}

TEST(GlobalAveragePool, RefusesAnInputWithoutSpatialAxes) {
  expect_refused(ops::GlobalAveragePool{}, {f32({1, 2}, {1, 2})}, "X has rank 2");
}

}  // namespace tern::testing

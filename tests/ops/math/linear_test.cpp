#include "tern/ops/fused.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Linear) {
  const Tensor w = f32({2, 3}, {1, 0, 1, 0, 1, 10});
  return {
      {.name = "product alone",
       .op = ops::Linear{},
       .inputs = {f32({2, 2}, {1, 2, 3, 4}), w},
       .expected = {f32({2, 3}, {1, 2, 21, 3, 4, 43})}},
      {.name = "transposed weight and bias",
       .op = ops::Linear{.trans_b = true},
       .inputs = {f32({1, 1, 3}, {1, 2, 3}), w, f32({2}, {100, 200})},
       .expected = {f32({1, 1, 2}, {104, 232})}},
      {.name = "residual before the activation",
       .op = ops::Linear{.activation = ops::Activation::kRelu},
       .inputs = {f32({2}, {1, 2}), w, Tensor(), f32({3}, {-5, 0, -1})},
       .expected = {f32({3}, {0, 2, 20})}},
      {.name = "attributes of the activation",
       .op = ops::Linear{.activation = ops::Activation::kLeakyRelu, .alpha = 0.5},
       .inputs = {f32({2}, {-1, 2}), w},
       .expected = {f32({3}, {-0.5, 2, 19})}},
  };
}

TEST(Linear, RefusesWhatDoesNotFit) {
  const Tensor x = f32({1, 2}, {1, 2});
  expect_refused(ops::Linear{}, {x, f32({3, 1}, {1, 2, 3})}, "X has 2 columns and W has 3 rows");
  expect_refused(ops::Linear{}, {x, f32({2, 1}, {1, 2}), f32({2}, {1, 2})},
                 "bias has 2 entries for 1 columns");
  expect_refused(ops::Linear{}, {x, f32({2, 1}, {1, 2}), Tensor(), f32({1, 2}, {1, 2})},
                 "Z has 2 on axis 1");
}

}  // namespace tern::testing

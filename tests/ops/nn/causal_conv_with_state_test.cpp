#include <cmath>

#include "tern/ops/transformer.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(CausalConvWithState) {
  const auto silu = [](double x) { return x / (1 + std::exp(-x)); };
  const Tensor x = f32({1, 2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor w = f32({2, 1, 2}, {1, 10, 0, 1});
  return {
      {.name = "zeros in front",
       .op = ops::CausalConvWithState{},
       .inputs = {x, w},
       .expected = {f32({1, 2, 3}, {10, 21, 32, 4, 5, 6}), f32({1, 2, 1}, {3, 6})}},
      {.name = "a bias and what came before",
       .op = ops::CausalConvWithState{},
       .inputs = {x, w, f32({2}, {100, 0}), f32({1, 2, 1}, {7, 8})},
       .expected = {f32({1, 2, 3}, {117, 121, 132, 4, 5, 6}), f32({1, 2, 1}, {3, 6})}},
      {.name = "silu",
       .op = ops::CausalConvWithState{.activation = ops::CausalConvActivation::kSilu},
       .inputs = {f32({2, 1, 1}, {1, -2}), f32({1, 1, 1}, {1})},
       .expected = {f32({2, 1, 1}, {silu(1), silu(-2)}), f32({2, 1, 0}, {})}},
      // The state is longer than the input: part of it moves on.
      {.name = "one step",
       .op = ops::CausalConvWithState{.activation = ops::CausalConvActivation::kSwish},
       .inputs = {f32({1, 1, 1}, {4}), f32({1, 1, 4}, {1, 0, 0, -1}), Tensor(),
                  f32({1, 1, 3}, {1, 2, 3})},
       .expected = {f32({1, 1, 1}, {silu(-3)}), f32({1, 1, 3}, {2, 3, 4})}},
  };
}

TEST(CausalConvWithState, RefusesWhatDoesNotFit) {
  const Tensor x = f32({1, 2, 1}, {1, 2}), w = f32({2, 1, 2}, {1, 2, 3, 4});
  const ops::CausalConvWithState op;
  expect_refused(op, {x, f32({1, 1, 1}, {1})}, "weight is for 1 channels, input has 2");
  expect_refused(op, {x, f32({2, 2, 1}, {1, 2, 3, 4})}, "weight has 2 on axis 1, not 1");
  expect_refused(op, {x, w, f32({3}, {1, 2, 3})}, "bias has 3 entries");
  expect_refused(op, {x, w, Tensor(), f32({1, 2, 2}, {1, 2, 3, 4})}, "past_state");
}

}  // namespace tern::testing

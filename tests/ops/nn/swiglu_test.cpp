#include <cmath>

#include "tern/ops/transformer.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(SwiGLU) {
  const auto gate = [](double a, double alpha) { return a / (1 + std::exp(-alpha * a)); };
  const Tensor a = f32({2, 2}, {-1, 0, 0.5, 3}), b = f32({2, 2}, {2, 5, -4, 1});
  return {
      {.name = "alpha 1",
       .op = ops::SwiGLU{},
       .inputs = {a, b},
       .expected = {f32({2, 2}, {2 * gate(-1, 1), 0, -4 * gate(0.5, 1), gate(3, 1)})}},
      {.name = "alpha 0.5",
       .op = ops::SwiGLU{.alpha = 0.5},
       .inputs = {a, b},
       .expected = {f32({2, 2}, {2 * gate(-1, 0.5), 0, -4 * gate(0.5, 0.5), gate(3, 0.5)})}},
  };
}

TEST(SwiGLU, DoesNotBroadcast) {
  expect_refused(ops::SwiGLU{}, {f32({2, 1}, {1, 2}), f32({1, 2}, {1, 2})}, "B");
}

}  // namespace tern::testing

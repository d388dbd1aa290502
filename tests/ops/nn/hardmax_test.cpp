#include "tern/ops/nn.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Hardmax) {
  return {
      {.name = "the first of equal elements wins",
       .op = ops::Hardmax{},
       .inputs = {f32({2, 3}, {1, 3, 3, 5, -1, 0})},
       .expected = {f32({2, 3}, {0, 1, 0, 1, 0, 0})},
       .gradient = false},
      {.name = "another axis",
       .op = ops::Hardmax{.axis = 0},
       .inputs = {f32({2, 3}, {1, 3, 3, 5, -1, 0})},
       .expected = {f32({2, 3}, {0, 1, 1, 1, 0, 0})}},
  };
}

TEST(Hardmax, RefusesAnAxisThatIsNotThere) {
  expect_refused(ops::Hardmax{.axis = 1}, {f32({2}, {1, 2})}, "axis 1");
}

}  // namespace tern::testing

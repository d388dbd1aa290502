#include "tern/ops/arithmetic.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Shrink) {
  return {
      {.name = "soft",
       .op = ops::Shrink{.bias = 1.5F, .lambd = 1.5F},
       .inputs = {f32({5}, {-2, -1, 0, 1, 2})},
       .expected = {f32({5}, {-0.5, 0, 0, 0, 0.5})}},
      {.name = "hard",
       .op = ops::Shrink{.lambd = 1.5F},
       .inputs = {f32({5}, {-2, -1, 0, 1, 2})},
       .expected = {f32({5}, {-2, 0, 0, 0, 2})}},
      {.name = "integers",
       .op = ops::Shrink{.bias = 1, .lambd = 2},
       .inputs = {i32({4}, {-5, -2, 2, 5})},
       .expected = {i32({4}, {-4, 0, 0, 4})}},
  };
}

}  // namespace tern::testing

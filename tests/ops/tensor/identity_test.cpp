#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Identity) {
  return {
      {.name = "numbers",
       .op = ops::Identity{},
       .inputs = {f32({2, 1}, {1, -2})},
       .expected = {f32({2, 1}, {1, -2})}},
      {.name = "strings",
       .op = ops::Identity{},
       .inputs = {strings({2}, {"", "b"})},
       .expected = {strings({2}, {"", "b"})}},
      {.name = "packed",
       .op = ops::Identity{},
       .inputs = {ints(DType::kI2, {3}, {-2, 1, -1})},
       .expected = {ints(DType::kI2, {3}, {-2, 1, -1})}},
  };
}

}  // namespace tern::testing

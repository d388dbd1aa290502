#include <cmath>

#include "tern/ops/microsoft.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Inverse) {
  return {
      // [a b; c d] turns into [d -b; -c a] over the determinant.
      {.name = "two matrices",
       .op = ops::Inverse{},
       .inputs = {f32({2, 2, 2}, {4, 1, 2, 1, 2, 0, 0, 4})},
       .expected = {f32({2, 2, 2}, {0.5, -0.5, -1, 2, 0.5, 0, 0, 0.25})}},
      {.name = "a zero in the first place",
       .op = ops::Inverse{},
       .inputs = {f32({3, 3}, {0, 2, 0, 1, 0, 0, 0, 1, 4})},
       .expected = {f32({3, 3}, {0, 1, 0, 0.5, 0, 0, -0.125, 0, 0.25})}},
      {.name = "a singular matrix",
       .op = ops::Inverse{},
       .inputs = {f32({2, 2}, {1, 2, 2, 4})},
       .expected = {f32({2, 2}, {NAN, NAN, NAN, NAN})},
       .gradient = false},
  };
}

TEST(Inverse, RefusesWhatIsNoSquare) {
  expect_refused(ops::Inverse{}, {f32({2}, {1, 2})}, "X has rank 1, below 2");
  expect_refused(ops::Inverse{}, {f32({1, 2}, {1, 2})}, "rows and columns");
}

}  // namespace tern::testing

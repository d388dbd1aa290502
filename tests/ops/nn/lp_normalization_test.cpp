#include <cmath>

#include "tern/ops/norm.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(LpNormalization) {
  return {
      {.name = "sum of magnitudes",
       .op = ops::LpNormalization{.p = 1},
       .inputs = {f32({2, 2}, {1, -3, 2, 6})},
       .expected = {f32({2, 2}, {0.25, -0.75, 0.25, 0.75})}},
      {.name = "root of squares",
       .op = ops::LpNormalization{},
       .inputs = {f32({2, 2}, {3, -4, 5, 12})},
       .expected = {f32({2, 2}, {0.6, -0.8, 5.0 / 13, 12.0 / 13})}},
      {.name = "another axis",
       .op = ops::LpNormalization{.axis = 0},
       .inputs = {f32({2, 2}, {3, 5, 4, 12})},
       .expected = {f32({2, 2}, {0.6, 5.0 / 13, 0.8, 12.0 / 13})}},
      {.name = "nothing to divide by",
       .op = ops::LpNormalization{},
       .inputs = {f32({2, 2}, {0, 0, 0, 2})},
       .expected = {f32({2, 2}, {0, 0, 0, 1})},
       .gradient = false},
  };
}

TEST(LpNormalization, RefusesOtherNorms) {
  expect_refused(ops::LpNormalization{.p = 3}, {f32({2}, {1, 2})}, "p is 3, not 1 or 2");
}

TERN_OP_TEST(MeanVarianceNormalization) {
  return {
      // Each channel holds m - 1 and m + 1 twice: mean m, deviation 1.
      {.name = "channels by default",
       .op = ops::MeanVarianceNormalization{},
       .inputs = {f32({2, 2, 1, 2}, {0, 2, 6, 4, 2, 0, 4, 6})},
       .expected = {f32({2, 2, 1, 2}, {-1, 1, 1, -1, 1, -1, -1, 1})}},
      {.name = "rows",
       .op = ops::MeanVarianceNormalization{.axes = {-1}},
       .inputs = {f32({2, 4}, {1, 2, 3, 4, 10, 10, 20, 20})},
       .expected = {f32({2, 4}, {-1.5 / std::sqrt(1.25), -0.5 / std::sqrt(1.25),
                                 0.5 / std::sqrt(1.25), 1.5 / std::sqrt(1.25), -1, -1, 1, 1})}},
      {.name = "no axis leaves groups of one",
       .op = ops::MeanVarianceNormalization{.axes = {}},
       .inputs = {f32({2}, {3, 4})},
       .expected = {f32({2}, {0, 0})},
       .gradient = false},
  };
}

}  // namespace tern::testing

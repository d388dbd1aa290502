#include "tern/ops/pool.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

Tensor counted(const Shape& shape) {
  return filled(DType::kF32, shape, [](std::int64_t i) { return static_cast<double>(i); });
}

}  // namespace

TERN_OP_TEST(MaxRoiPool) {
  return {
      // Rows 1 to 4 and columns 0 to 3 in cells of 2 x 2.
      {.name = "cells of whole pixels",
       .op = ops::MaxRoiPool{.pooled_shape = {2, 2}},
       .inputs = {counted({1, 1, 6, 6}), f32({1, 5}, {0, 0, 1, 3, 4})},
       .expected = {f32({1, 1, 2, 2}, {13, 15, 25, 27})},
       .constant_inputs = {1}},
      // 3 rows in 2 cells: rows 0, 1 and rows 1, 2.
      {.name = "cells share pixels",
       .op = ops::MaxRoiPool{.pooled_shape = {2, 1}},
       .inputs = {counted({1, 1, 3, 2}), f32({1, 5}, {0, 0, 0, 1, 2})},
       .expected = {f32({1, 1, 2, 1}, {3, 5})},
       .constant_inputs = {1}},
      // 4 * 0.3 is rounded to 1: one pixel.
      {.name = "scaled, of the second image and its channels",
       .op = ops::MaxRoiPool{.pooled_shape = {1, 1}, .spatial_scale = 0.3},
       .inputs = {counted({2, 2, 2, 2}), f32({1, 5}, {1, 4, 4, 4, 4})},
       .expected = {f32({1, 2, 1, 1}, {11, 15})},
       .constant_inputs = {1}},
      {.name = "beyond the image",
       .op = ops::MaxRoiPool{.pooled_shape = {1, 2}},
       .inputs = {counted({1, 1, 2, 2}), f32({1, 5}, {0, 0, 0, 3, 1})},
       .expected = {f32({1, 1, 1, 2}, {3, 0})},
       .constant_inputs = {1}},
  };
}

TERN_OP_TEST(MaxRoiPoolGrad) {
  return {
      {.name = "cells share pixels",
       .op = ops::MaxRoiPoolGrad{.pooled_shape = {2, 1}},
       .inputs = {f32({2, 1, 2, 1}, {1, 2, 4, 8}), f32({1, 1, 3, 2}, {0, 1, 9, 2, 3, 4}),
                  f32({2, 5}, {0, 0, 0, 1, 2, 0, 0, 0, 1, 1})},
       .expected = {f32({1, 1, 3, 2}, {0, 4, 11, 0, 0, 0})},
       .constant_inputs = {1, 2}},
  };
}

TEST(MaxRoiPool, RefusesWhatDoesNotFit) {
  const ops::MaxRoiPool op{.pooled_shape = {1, 1}};
  const Tensor x = counted({1, 1, 2, 2});
  expect_refused(op, {x, f32({1, 5}, {1, 0, 0, 1, 1})}, "roi 0 is of image 1, there are 1");
  expect_refused(op, {x, f32({1, 4}, {0, 0, 1, 1})}, "a roi has 4 numbers");
  expect_refused(ops::MaxRoiPool{.pooled_shape = {1}}, {x, f32({1, 5}, {0, 0, 0, 1, 1})},
                 "pooled_shape");
}

}  // namespace tern::testing

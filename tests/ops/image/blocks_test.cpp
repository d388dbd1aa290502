#include "tern/ops/image.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Col2Im) {
  return {
      {.name = "blocks overlap",
       .op = ops::Col2Im{},
       .inputs = {f32({1, 2, 2}, {1, 2, 3, 4}), i64({1}, {3}), i64({1}, {2})},
       .expected = {f32({1, 1, 3}, {1, 5, 4})}},
      {.name = "what falls into the pads is lost",
       .op = ops::Col2Im{.pads = {1, 1}},
       .inputs = {f32({1, 2, 3}, {1, 2, 3, 4, 5, 6}), i64({1}, {2}), i64({1}, {2})},
       .expected = {f32({1, 1, 2}, {6, 8})}},
      {.name = "blocks side by side, two channels",
       .op = ops::Col2Im{.strides = {1, 2}},
       .inputs = {f32({1, 4, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), i64({2}, {1, 4}), i64({2}, {1, 2})},
       .expected = {f32({1, 2, 1, 4}, {1, 3, 2, 4, 5, 7, 6, 8})}},
      {.name = "gaps",
       .op = ops::Col2Im{.dilations = {2}},
       .inputs = {f32({1, 2, 1}, {1, 2}), i64({1}, {3}), i64({1}, {2})},
       .expected = {f32({1, 1, 3}, {1, 0, 2})}},
      {.name = "integers wrap around",
       .op = ops::Col2Im{},
       .inputs = {ints(DType::kU8, {1, 2, 2}, {1, 200, 100, 3}), i64({1}, {3}), i64({1}, {2})},
       .expected = {ints(DType::kU8, {1, 1, 3}, {1, 44, 3})}},
  };
}

TEST(Col2Im, RefusesColumnsThatDoNotFit) {
  const Tensor columns = f32({1, 2, 2}, {1, 2, 3, 4});
  expect_refused(ops::Col2Im{}, {columns, i64({1}, {4}), i64({1}, {2})}, "sizes 2 and 3 differ");
  expect_refused(ops::Col2Im{}, {columns, i64({1}, {3}), i64({1}, {3})},
                 "2 rows cannot be split into blocks of 3");
  expect_refused(ops::Col2Im{}, {columns, i64({1}, {3}), i64({1}, {0})}, "block_shape holds 0");
  expect_refused(ops::Col2Im{}, {columns, i64({2}, {3, 1}), i64({1}, {2})}, "sizes 2 and 1 differ");
}

TERN_OP_TEST(Im2Col) {
  return {
      {.name = "blocks overlap",
       .op = ops::Im2Col{},
       .inputs = {f32({1, 1, 3}, {1, 2, 3}), i64({1}, {2})},
       .expected = {f32({1, 2, 2}, {1, 2, 2, 3})}},
      {.name = "zeros in the pads",
       .op = ops::Im2Col{.pads = {1, 0}, .strides = {2}},
       .inputs = {f32({1, 2, 3}, {1, 2, 3, 4, 5, 6}), i64({1}, {2})},
       .expected = {f32({1, 4, 2}, {0, 2, 1, 3, 0, 5, 4, 6})}},
  };
}

TERN_OP_TEST(DeformConv) {
  const Tensor x = f32({1, 1, 3, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8});
  const Tensor ones = f32({1, 1, 2, 2}, {1, 1, 1, 1});
  std::vector<double> nowhere(32, 0.0);
  std::vector<double> first_down = nowhere;
  for (std::size_t i = 0; i < 4; ++i) first_down[i] = 0.5;
  std::vector<double> without_last(16, 1.0);
  for (std::size_t i = 12; i < 16; ++i) without_last[i] = 0;
  const Tensor offsets = filled(DType::kF32, {1, 16, 2, 2}, [](std::int64_t i) {
    return 0.2 + 0.01 * static_cast<double>(i % 13);
  });
  return {
      {.name = "nothing moved: a convolution",
       .op = ops::DeformConv{},
       .inputs = {x, ones, f32({1, 8, 2, 2}, nowhere)},
       .expected = {f32({1, 1, 2, 2}, {8, 12, 20, 24})},
       .gradient = false},
      {.name = "the first tap half a row down, a bias",
       .op = ops::DeformConv{},
       .inputs = {x, ones, f32({1, 8, 2, 2}, first_down), f32({1}, {100})},
       .expected = {f32({1, 1, 2, 2}, {109.5, 113.5, 121.5, 125.5})},
       .gradient = false},
      {.name = "the last tap hidden",
       .op = ops::DeformConv{},
       .inputs = {x, ones, f32({1, 8, 2, 2}, nowhere), {}, f32({1, 4, 2, 2}, without_last)},
       .expected = {f32({1, 1, 2, 2}, {4, 7, 13, 16})},
       .gradient = false},
      {.name = "groups of channels and of offsets",
       .op = ops::DeformConv{.group = 2, .offset_group = 2},
       .inputs = {random_values(DType::kF32, {1, 4, 3, 3}),
                  random_values(DType::kF32, {2, 2, 2, 2}), offsets,
                  random_values(DType::kF32, {2}), random_values(DType::kF32, {1, 8, 2, 2})},
       .expected = {Tensor()}},
      {.name = "pads, strides and gaps",
       .op = ops::DeformConv{.dilations = {2, 1}, .pads = {1, 1, 1, 1}, .strides = {1, 2}},
       .inputs = {random_values(DType::kF32, {1, 1, 3, 3}),
                  random_values(DType::kF32, {1, 1, 2, 2}),
                  filled(DType::kF32, {1, 8, 3, 2},
                         [](std::int64_t i) { return 0.2 + 0.01 * static_cast<double>(i % 13); })},
       .expected = {Tensor()}},
  };
}

TEST(DeformConv, RefusesOffsetsThatDoNotFit) {
  const Tensor x = f32({1, 1, 2, 2}, {1, 2, 3, 4});
  const Tensor w = f32({1, 1, 1, 1}, {1});
  expect_refused(ops::DeformConv{}, {x, w, f32({1, 1, 2, 2}, {0, 0, 0, 0})},
                 "offset has 1 on axis 1, what the windows need has 2");
  expect_refused(ops::DeformConv{.offset_group = 2}, {x, w, f32({1, 1, 2, 2}, {0, 0, 0, 0})},
                 "1 channels cannot be split into 2 offset groups");
}

TERN_OP_TEST(DeformConvGrad) {
  return {
      // One tap, moved a quarter to the right: Y = m w (0.75 x0 + 0.25 x1).
      {.name = "one tap",
       .op = ops::DeformConvGrad{ops::DeformConv{.strides = {2}}},
       .inputs = {f32({1, 1, 1}, {1}), f32({1, 1, 2}, {2, 6}), f32({1, 1, 1}, {5}),
                  f32({1, 1, 1}, {0.25}), f32({1, 1, 1}, {0.5})},
       .expected = {f32({1, 1, 2}, {1.875, 0.625}), f32({1, 1, 1}, {1.5}), f32({1, 1, 1}, {10}),
                    f32({1, 1, 1}, {15})}},
  };
}

}  // namespace tern::testing

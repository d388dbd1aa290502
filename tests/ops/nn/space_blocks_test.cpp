#include "tern/ops/nn_grad.h"
#include "tests/support/op_case.h"

namespace tern::testing {
namespace {

Tensor counted(const Shape& shape) {
  return filled(DType::kF32, shape, [](std::int64_t i) { return static_cast<double>(i); });
}

}  // namespace

TERN_OP_TEST(DepthToSpace) {
  return {
      // Output channel c, row 2 y + i, column 2 x + j comes from channel (2 i + j) C + c.
      {.name = "blocks before channels",
       .op = ops::DepthToSpace{.blocksize = 2},
       .inputs = {counted({1, 8, 1, 2})},
       .expected = {f32({1, 2, 2, 4}, {0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15})}},
      // ... from channel 4 c + 2 i + j.
      {.name = "channels before blocks",
       .op = ops::DepthToSpace{.blocksize = 2, .mode = ops::DepthToSpaceMode::kCrd},
       .inputs = {counted({1, 8, 1, 2})},
       .expected = {f32({1, 2, 2, 4}, {0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15})}},
      {.name = "several images of integers",
       .op = ops::DepthToSpace{.blocksize = 2},
       .inputs = {i32({2, 4, 1, 1}, {1, 2, 3, 4, 5, 6, 7, 8})},
       .expected = {i32({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8})}},
  };
}

TERN_OP_TEST(SpaceToDepth) {
  return {
      {.name = "the way back",
       .op = ops::SpaceToDepth{.blocksize = 2},
       .inputs = {f32({1, 2, 2, 4}, {0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15})},
       .expected = {counted({1, 8, 1, 2})}},
      {.name = "strings",
       .op = ops::SpaceToDepth{.blocksize = 2},
       .inputs = {strings({1, 1, 2, 2}, {"a", "b", "c", "d"})},
       .expected = {strings({1, 4, 1, 1}, {"a", "b", "c", "d"})}},
  };
}

TERN_OP_TEST(DepthToSpaceGrad) {
  return {
      {.name = "blocks before channels",
       .op = ops::DepthToSpaceGrad{.blocksize = 2},
       .inputs = {f32({1, 2, 2, 4}, {0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15})},
       .expected = {counted({1, 8, 1, 2})}},
      {.name = "channels before blocks",
       .op = ops::DepthToSpaceGrad{.blocksize = 2, .mode = ops::DepthToSpaceMode::kCrd},
       .inputs = {f32({1, 2, 2, 4}, {0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15})},
       .expected = {counted({1, 8, 1, 2})}},
  };
}

TEST(SpaceBlocks, RefuseWhatDoesNotFit) {
  const Tensor x = counted({1, 4, 3, 2});
  expect_refused(ops::DepthToSpace{.blocksize = 3}, {x}, "number of channels 4");
  expect_refused(ops::DepthToSpace{.blocksize = 0}, {x}, "blocksize 0");
  expect_refused(ops::DepthToSpace{.blocksize = std::int64_t{1} << 40}, {x}, "out of range");
  expect_refused(ops::SpaceToDepth{.blocksize = 2}, {x}, "height 3 is not a multiple of 2");
  expect_refused(ops::SpaceToDepth{.blocksize = 1}, {f32({2}, {1, 2})}, "rank 1, not 4");
}

}  // namespace tern::testing

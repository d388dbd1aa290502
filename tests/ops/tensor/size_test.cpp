#include "graph/op_def.h"
#include "ops/fold.h"
#include "tern/ops/tensor.h"
#include "tests/support/op_case.h"

namespace tern::testing {

TERN_OP_TEST(Size) {
  return {
      {.name = "a matrix",
       .op = ops::Size{},
       .inputs = {f32({2, 3}, {1, 2, 3, 4, 5, 6})},
       .expected = {i64({}, {6})}},
      {.name = "a scalar", .op = ops::Size{}, .inputs = {f32({}, {1})}, .expected = {i64({}, {1})}},
      {.name = "an empty axis",
       .op = ops::Size{},
       .inputs = {strings({3, 0}, {})},
       .expected = {i64({}, {0})}},
  };
}

TEST(Size, FoldsOnceEverySizeIsKnown) {
  const Op op = ops::Size{};
  FoldContext known{.in = {TypeInfo(DType::kF32, Shape{4, 5})}, .out = {}};
  ASSERT_TRUE(op.def().fold(op.attributes(), known));
  EXPECT_TRUE(all_close(known.out[0], i64({}, {20})));
  FoldContext unknown{.in = {TypeInfo(DType::kF32, std::vector<Dim>{4, Dim()})}, .out = {}};
  EXPECT_FALSE(op.def().fold(op.attributes(), unknown));
}

}  // namespace tern::testing

#include <gtest/gtest.h>

#include "tests/import/onnx/node_model.h"
#include "tests/support/status_matchers.h"

namespace tern::testing {
namespace {

const Tensor kX = f32({2, 2}, {1, 2, 3, 4});

TEST(MicrosoftTensor, ExpandDimsNeedsAConstantAxis) {
  EXPECT_TRUE(all_close(NodeModel("ExpandDims").input(kX).constant(i32({}, {1})).run()[0],
                        f32({2, 1, 2}, {1, 2, 3, 4})));
  EXPECT_TRUE(all_close(NodeModel("ExpandDims").input(kX).constant(i32({}, {-1})).run()[0],
                        f32({2, 2, 1}, {1, 2, 3, 4})));
  EXPECT_THAT(NodeModel("ExpandDims").input(kX).input(i32({1}, {1})).import(),
              FailsWith(StatusCode::kUnimplemented, "input 1 is not a constant"));
}

TEST(MicrosoftTensor, GathersAndCuts) {
  EXPECT_TRUE(all_close(NodeModel("GatherND").input(kX).input(i32({2, 2}, {0, 1, 1, 0})).run()[0],
                        f32({2}, {2, 3})));
  EXPECT_TRUE(all_close(NodeModel("TorchEmbedding").constant(kX).input(i64({2}, {1, 1})).run()[0],
                        f32({2, 2}, {3, 4, 3, 4})));
  EXPECT_TRUE(
      all_close(NodeModel("Trilu").integer("upper", 0).input(kX).constant(i64({}, {-1})).run()[0],
                f32({2, 2}, {0, 0, 3, 0})));
}

TEST(MicrosoftTensor, PadsAndCountsFromTensorsOfOneElement) {
  EXPECT_TRUE(all_close(NodeModel("Pad")
                            .input(kX)
                            .constant(i64({1, 4}, {0, 1, 0, 0}))
                            .constant(f32({1}, {9}))
                            .run()[0],
                        f32({2, 3}, {9, 1, 2, 9, 3, 4})));
  EXPECT_TRUE(all_close(NodeModel("Range").input(i64({1}, {2})).input(i64({1}, {5})).run()[0],
                        i64({3}, {2, 3, 4})));
  EXPECT_TRUE(all_close(
      NodeModel("Range").input(f32({1}, {1})).input(f32({1}, {2})).input(f32({1}, {0.5})).run()[0],
      f32({2}, {1, 1.5})));
}

TEST(MicrosoftTensor, UnfoldsPiecesThatOverlap) {
  EXPECT_TRUE(all_close(NodeModel("UnfoldTensor")
                            .integer("dim", 0)
                            .integer("size", 3)
                            .integer("step", 2)
                            .input(f32({6, 1}, {0, 1, 2, 3, 4, 5}))
                            .run()[0],
                        f32({2, 1, 3}, {0, 1, 2, 2, 3, 4})));
  EXPECT_THAT(NodeModel("UnfoldTensor").integer("size", 0).input(kX).import(),
              FailsWith(StatusCode::kInvalidArgument, "pieces of 0 every 1"));
}

TEST(MicrosoftTensor, UniqueKeepsTheOrder) {
  const std::vector<Tensor> y = NodeModel("Unique", 3).input(f32({6}, {2, 1, 1, 3, 4, 3})).run();
  EXPECT_TRUE(all_close(y[0], f32({4}, {2, 1, 3, 4})));
  EXPECT_TRUE(all_close(y[1], i64({6}, {0, 1, 1, 2, 3, 2})));
  EXPECT_TRUE(all_close(y[2], i64({4}, {1, 2, 2, 1})));
}

}  // namespace
}  // namespace tern::testing

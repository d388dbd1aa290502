#include <gtest/gtest.h>

#include <cmath>

#include "tests/import/onnx/node_model.h"
#include "tests/support/status_matchers.h"

namespace tern::testing {
namespace {

constexpr auto kExactGelu = [](double x) { return x * (1 + std::erf(x / std::sqrt(2.0))) / 2; };
constexpr auto kTanhGelu = [](double x) {
  return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
};
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

const Tensor kX = f32({2, 2}, {-1, 0.5, 0, 2});
const Tensor kBias = f32({2}, {0.25, -0.5});
// kX + kBias
const Tensor kSum = f32({2, 2}, {-0.75, 0, 0.25, 1.5});

TEST(MicrosoftGelu, IsExactTanhOrSigmoid) {
  EXPECT_TRUE(all_close(NodeModel("Gelu").input(kX).run()[0], mapped(kX, kExactGelu)));
  EXPECT_TRUE(all_close(NodeModel("FastGelu").input(kX).run()[0], mapped(kX, kTanhGelu)));
  EXPECT_TRUE(all_close(NodeModel("QuickGelu").input(kX).run()[0],
                        mapped(kX, [](double x) { return x * sigmoid(1.702 * x); })));
  EXPECT_TRUE(all_close(NodeModel("QuickGelu").number("alpha", 2).input(kX).run()[0],
                        mapped(kX, [](double x) { return x * sigmoid(2 * x); })));
}

TEST(MicrosoftGelu, TakesABias) {
  EXPECT_TRUE(
      all_close(NodeModel("FastGelu").input(kX).input(kBias).run()[0], mapped(kSum, kTanhGelu)));
  EXPECT_TRUE(all_close(NodeModel("BiasGelu").input(kX).constant(kBias).run()[0],
                        mapped(kSum, kExactGelu)));
  EXPECT_EQ(NodeModel("BiasGelu").input(kX).constant(kBias).operators(), "Add Gelu");
  // The left half times the Gelu of the right half.
  EXPECT_TRUE(all_close(NodeModel("BiasSplitGelu").input(kX).constant(kBias).run()[0],
                        f32({2, 1}, {-0.75 * kExactGelu(0), 0.25 * kExactGelu(1.5)})));
}

const Tensor kA = f32({2, 2}, {1, 2, 3, 4});
const Tensor kB = f32({2, 2}, {5, 6, 7, 8});

TEST(MicrosoftProducts, TransposeAndScale) {
  EXPECT_TRUE(all_close(NodeModel("FusedMatMul")
                            .number("alpha", 0.5)
                            .integer("transA", 1)
                            .input(kA)
                            .input(kB)
                            .run()[0],
                        f32({2, 2}, {13, 15, 19, 22})));
  EXPECT_TRUE(
      all_close(NodeModel("TransposeMatMul").integer("transB", 1).input(kA).input(kB).run()[0],
                f32({2, 2}, {17, 23, 39, 53})));
  EXPECT_EQ(NodeModel("FusedMatMul").input(kA).input(kB).operators(), "MatMul");
}

TEST(MicrosoftProducts, MoveTheFirstAxisBehindTheBatch) {
  // A is [rows, batch, columns]: two products of one row each with the unit matrix and its double.
  const Tensor a = f32({1, 2, 2}, {1, 2, 3, 4});
  const Tensor b = f32({2, 2, 2}, {1, 0, 0, 1, 2, 0, 0, 2});
  EXPECT_TRUE(
      all_close(NodeModel("FusedMatMul").integer("transBatchA", 1).input(a).input(b).run()[0],
                f32({2, 1, 2}, {1, 2, 6, 8})));
  EXPECT_THAT(NodeModel("FusedMatMul").integer("transBatchA", 1).input(kA).input(kB).import(),
              FailsWith(StatusCode::kInvalidArgument, "transBatchA is for operands of rank 3"));
}

TEST(MicrosoftProducts, EndWithAnActivation) {
  const auto gemm = [](std::string_view activation) {
    return NodeModel("FusedGemm")
        .text("activation", activation)
        .input(kA)
        .constant(kB)
        .constant(f32({2}, {-30, -30}));
  };
  // 19 22 43 50 less 30
  EXPECT_TRUE(all_close(gemm("Relu").run()[0], f32({2, 2}, {0, 0, 13, 20})));
  EXPECT_TRUE(all_close(gemm("LeakyRelu").number("activation_alpha", 0.5).run()[0],
                        f32({2, 2}, {-5.5, -4, 13, 20})));
  EXPECT_EQ(gemm("Relu").operators(), "Gemm Relu");
  EXPECT_THAT(gemm("Cubic").import(),
              FailsWith(StatusCode::kUnimplemented, "activation Cubic is not supported"));
  EXPECT_TRUE(all_close(NodeModel("GemmFastGelu").input(kA).constant(kB).run()[0],
                        mapped(f32({2, 2}, {19, 22, 43, 50}), kTanhGelu)));
  EXPECT_TRUE(all_close(NodeModel("FusedMatMulActivation")
                            .text("activation", "Relu")
                            .number("alpha", -1)
                            .input(kA)
                            .input(kB)
                            .run()[0],
                        f32({2, 2}, {0, 0, 0, 0})));
}

TEST(MicrosoftCDist, MeasuresAllPairs) {
  const Tensor a = f32({2, 2}, {0, 0, 3, 4});
  const Tensor b = f32({1, 2}, {3, 0});
  EXPECT_TRUE(all_close(NodeModel("CDist").input(a).input(b).run()[0], f32({2, 1}, {9, 16})));
  EXPECT_TRUE(all_close(NodeModel("CDist").text("metric", "euclidean").input(a).input(b).run()[0],
                        f32({2, 1}, {3, 4})));
  EXPECT_THAT(NodeModel("CDist").text("metric", "cosine").input(a).input(b).import(),
              FailsWith(StatusCode::kUnimplemented, "metric cosine"));
}

TEST(MicrosoftBias, GoesIntoSoftmaxAndDropout) {
  // exp(0) : exp(0) and exp(ln 3) : exp(0)
  const Tensor scores = f32({2, 1, 2}, {1, 0, std::log(3.0) + 1, 0});
  const Tensor bias = f32({1, 1, 2}, {-1, 0});
  EXPECT_TRUE(all_close(NodeModel("BiasSoftmax")
                            .integer("axis", 2)
                            .integer("is_inner_broadcast", 0)
                            .input(scores)
                            .input(bias)
                            .run()[0],
                        f32({2, 1, 2}, {0.5, 0.5, 0.75, 0.25})));
  // Both axes at once.
  EXPECT_TRUE(all_close(NodeModel("BiasSoftmax")
                            .integer("axis", 1)
                            .integer("is_inner_broadcast", 0)
                            .input(f32({1, 2, 2}, {0, 0, 0, std::log(3.0)}))
                            .input(f32({1, 2, 2}, {0, 0, 0, 0}))
                            .run()[0],
                        f32({1, 2, 2}, {1 / 6.0, 1 / 6.0, 1 / 6.0, 0.5})));
  const std::vector<Tensor> dropped =
      NodeModel("BiasDropout", 2).input(kX).input(kBias).input(kX).run();
  EXPECT_TRUE(all_close(dropped[0], f32({2, 2}, {-1.75, 0.5, 0.25, 3.5})));
  EXPECT_TRUE(all_close(dropped[1], boolean({2, 2}, {1, 1, 1, 1})));
  EXPECT_TRUE(all_close(NodeModel("BiasAdd").input(kX).input(kBias).input(kX).run()[0],
                        f32({2, 2}, {-1.75, 0.5, 0.25, 3.5})));
}

TEST(MicrosoftRules, RefuseWhatTheyDoNotKnow) {
  EXPECT_THAT(NodeModel("Gelu").integer("tensor", 1).input(kX).import(),
              FailsWith(StatusCode::kInvalidArgument, "Gelu has no attribute 'tensor'"));
  EXPECT_THAT(NodeModel("QuickGelu").text("alpha", "big").input(kX).import(),
              FailsWith(StatusCode::kInvalidArgument, "attribute 'alpha' is of another kind"));
  EXPECT_THAT(NodeModel("BiasGelu").input(kX).import(),
              FailsWith(StatusCode::kInvalidArgument, "BiasGelu lacks input 1"));
  EXPECT_THAT(NodeModel("BiasGelu").none().input(kX).import(),
              FailsWith(StatusCode::kInvalidArgument, "BiasGelu lacks input 0"));
  EXPECT_THAT(NodeModel("Gelu").input(kX).input(kX).import(),
              FailsWith(StatusCode::kInvalidArgument, "Gelu has 2 inputs, at most 1"));
  EXPECT_THAT(NodeModel("Gelu", 2).input(kX).import(),
              FailsWith(StatusCode::kInvalidArgument, "Gelu has 2 outputs, at most 1"));
  EXPECT_THAT(
      NodeModel("SkipSimplifiedLayerNormalization", 2).input(kX).input(kX).constant(kBias).import(),
      FailsWith(StatusCode::kUnimplemented,
                "output 1 of SkipSimplifiedLayerNormalization is not supported"));
  EXPECT_THAT(NodeModel("BeamSearch").input(kX).import(),
              FailsWith(StatusCode::kUnimplemented,
                        "1 unsupported operator: BeamSearch (com.microsoft 1): node"));
}

TEST(MicrosoftRules, NameWhatTheyMake) {
  const Result<Graph> graph = NodeModel("BiasGelu").input(kX).constant(kBias).import();
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(graph->value(graph->outputs()[0]).name, "y0");
  EXPECT_EQ(graph->node(graph->nodes()[0]).name, "node.Add");
}

}  // namespace
}  // namespace tern::testing

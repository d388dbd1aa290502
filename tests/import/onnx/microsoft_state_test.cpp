// Layers with a state, and experts.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/import/onnx/node_model.h"
#include "tests/support/status_matchers.h"

namespace tern::testing {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

TEST(MicrosoftState, QuantisedLstmComputesOnItsNumbers) {
  // One unit: the gates i, o, f, c get 1, 2, 3 and 4 times x / 4; the state counts for nothing yet.
  NodeModel m("DynamicQuantizeLSTM", 3);
  m.integer("hidden_size", 1).input(f32({1, 1, 1}, {1}));
  m.constant(ints(DType::kI8, {1, 1, 4}, {3, 4, 5, 6}))
      .constant(ints(DType::kI8, {1, 1, 4}, {1, 1, 1, 1}));
  m.none().none().none().none().none();
  m.constant(f32({1}, {0.25})).constant(ints(DType::kI8, {1}, {2}));
  m.constant(f32({1, 4}, {1, 1, 1, 1})).constant(ints(DType::kI8, {1, 4}, {0, 0, 0, 0}));
  const std::vector<Tensor> y = m.run();
  const double cell = sigmoid(0.25) * std::tanh(1.0);
  EXPECT_TRUE(all_close(y[0], f32({1, 1, 1, 1}, {sigmoid(0.5) * std::tanh(cell)})));
  EXPECT_TRUE(all_close(y[2], f32({1, 1, 1}, {cell})));
}

TEST(MicrosoftState, ConvolutionAndLinearAttentionAreTheStandards) {
  const Tensor x = f32({1, 1, 3}, {1, 2, 3});
  NodeModel conv("CausalConvWithState", 2);
  conv.input(x).constant(f32({1, 1, 2}, {1, 10}));
  const std::vector<Tensor> y = conv.run();
  EXPECT_TRUE(all_close(y[0], f32({1, 1, 3}, {10, 21, 32})));
  EXPECT_TRUE(all_close(y[1], f32({1, 1, 1}, {3})));
  EXPECT_THAT(conv.integer("dilation", 2).import(),
              FailsWith(StatusCode::kUnimplemented, "dilation = 2 is not supported"));
  // Sums of k v: 1, then 1 + 4, read by q.
  NodeModel linear("LinearAttention", 1);
  linear.integer("q_num_heads", 1).integer("kv_num_heads", 1).text("update_rule", "linear");
  const Tensor k = f32({1, 2, 1}, {1, 2});
  EXPECT_TRUE(all_close(linear.input(f32({1, 2, 1}, {3, 1})).input(k).input(k).run()[0],
                        f32({1, 2, 1}, {3, 5})));
  const std::vector<Tensor> gate = NodeModel("LinearAttentionGate", 2)
                                       .input(f32({1, 1, 1}, {1}))
                                       .constant(f32({1}, {-1}))
                                       .constant(f32({1}, {-2}))
                                       .input(f32({1, 1, 1}, {0}))
                                       .run();
  EXPECT_TRUE(all_close(gate[0], f32({1, 1, 1}, {-2 * std::log(2.0)})));
  EXPECT_TRUE(all_close(gate[1], f32({1, 1, 1}, {0.5})));
}

TEST(MicrosoftState, GatesScaleWhatTheyLetThrough) {
  EXPECT_TRUE(all_close(NodeModel("GatedAdd")
                            .input(f32({1, 2}, {1, 2}))
                            .input(f32({1, 2}, {4, 8}))
                            .input(f32({1, 1}, {0.5}))
                            .run()[0],
                        f32({1, 2}, {3, 6})));
  // Two rows 3 4 and 1 1 in one axis, with mean squares 12.5 and 1.
  const double silu = sigmoid(1.0);
  EXPECT_TRUE(all_close(
      NodeModel("GatedRMSNorm")
          .number("epsilon", 0)
          .input(f32({1, 4}, {3, 4, 1, 1}))
          .constant(f32({2}, {1, 2}))
          .input(f32({1, 4}, {1, 1, 1, 1}))
          .run()[0],
      f32({1, 4}, {3 / std::sqrt(12.5) * silu, 8 / std::sqrt(12.5) * silu, silu, 2 * silu})));
}

class MixtureOfExperts : public ::testing::Test {
 protected:
  /// Three experts on two numbers that make h = a x and y = h + b, the identity in between.
  static NodeModel model(std::string_view activation) {
    NodeModel m("MoE");
    m.text("activation_type", activation);
    m.input(f32({1, 2}, {1, -2}));
    m.input(f32({1, 3}, {std::log(1.0), std::log(5.0), std::log(4.0)}));
    m.constant(f32({3, 2, 2}, {9, 0, 0, 9, 2, 0, 0, 2, -1, 0, 0, -1})).none();
    m.constant(f32({3, 2, 2}, {1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1}));
    return m.constant(f32({3, 2}, {7, 7, 0, 0, 1, 1}));
  }
};

TEST_F(MixtureOfExperts, WeighsTheChosenOnes) {
  // The second expert makes 2 -4, the third 0 3; their weights are 0.5 and 0.4.
  EXPECT_TRUE(all_close(model("identity").integer("k", 2).run()[0], f32({1, 2}, {1, -0.8})));
  EXPECT_TRUE(
      all_close(model("identity").integer("k", 2).integer("normalize_routing_weights", 1).run()[0],
                f32({1, 2}, {1 / 0.9, -0.8 / 0.9})));
  EXPECT_TRUE(all_close(model("relu").integer("k", 1).run()[0], f32({1, 2}, {1, 0})));
  EXPECT_THAT(model("cubic").import(),
              FailsWith(StatusCode::kUnimplemented, "activation_type cubic"));
}

TEST_F(MixtureOfExperts, SplitsOneProductForSwiglu) {
  for (const std::int64_t fusion : {1, 2}) {
    // One expert: gate 2, linear part 3, limited to 2.5.
    NodeModel m("MoE");
    m.text("activation_type", "swiglu").integer("swiglu_fusion", fusion);
    m.number("activation_alpha", 0.5).number("activation_beta", 1).number("swiglu_limit", 2.5);
    m.input(f32({1, 1}, {1})).input(f32({1, 1}, {0}));
    m.constant(f32({1, 2, 1}, {2, 3})).none().constant(f32({1, 1, 1}, {1}));
    EXPECT_TRUE(all_close(m.run()[0], f32({1, 1}, {2 * sigmoid(1.0) * 3.5})));
  }
}

// The experts of MixtureOfExperts in 8 bits: steps of a half around 128.
TEST(QuantizedMixtureOfExperts, BytesWithAScalePerRow) {
  NodeModel m("QMoE");
  m.text("activation_type", "identity").integer("expert_weight_bits", 8).integer("k", 2);
  m.input(f32({1, 2}, {1, -2}));
  m.input(f32({1, 3}, {std::log(1.0), std::log(5.0), std::log(4.0)}));
  const Tensor halves = f32({3, 2}, {0.5, 0.5, 0.5, 0.5, 0.5, 0.5});
  m.constant(
      ints(DType::kU8, {3, 2, 2}, {146, 128, 128, 146, 132, 128, 128, 132, 126, 128, 128, 126}));
  m.constant(halves).none();
  m.constant(
      ints(DType::kU8, {3, 2, 2}, {130, 128, 128, 130, 130, 128, 128, 130, 130, 128, 128, 130}));
  m.constant(halves).constant(f32({3, 2}, {7, 7, 0, 0, 1, 1}));
  EXPECT_TRUE(all_close(m.run()[0], f32({1, 2}, {1, -0.8})));
  EXPECT_THAT(m.text("quant_type", "fp4").import(),
              FailsWith(StatusCode::kUnimplemented, "quant_type fp4"));
}

// One expert of 2 x 2 weights in 4 bits, the first of a pair in the low half of its byte; 10 8 |
// 8 10.
class FourBitExpert : public ::testing::Test {
 protected:
  static NodeModel model(const Tensor& scales) {
    NodeModel m("QMoE");
    m.text("activation_type", "identity").input(f32({1, 2}, {1, -2})).input(f32({1, 1}, {0}));
    m.constant(ints(DType::kU8, {1, 2, 1}, {0x8A, 0xA8})).constant(scales).none();
    m.constant(ints(DType::kU8, {1, 2, 1}, {0x89, 0x98})).constant(f32({1, 2}, {1, 1})).none();
    return m;
  }
};

TEST_F(FourBitExpert, CountsFromTheMiddleOrItsZeroPoints) {
  EXPECT_TRUE(all_close(model(f32({1, 2}, {1, 1})).run()[0], f32({1, 2}, {2, -4})));
  // From 7 on the weights are 3 1 | 1 3.
  NodeModel m = model(f32({1, 2}, {1, 1}));
  m.none().none().none().constant(ints(DType::kU8, {1, 1}, {0x77}));
  EXPECT_TRUE(all_close(m.run()[0], f32({1, 2}, {1, -5})));
}

TEST_F(FourBitExpert, HasAScalePerBlock) {
  // Blocks of one: 2 * 3, 0 | 0, 2 * 10.
  NodeModel m = model(f32({1, 2, 2}, {3, 1, 1, 10}));
  EXPECT_TRUE(all_close(m.integer("block_size", 1).run()[0], f32({1, 2}, {6, -40})));
}

// Letters are 0.02, -0.01, -0.03; the filter is 1, 10.
TEST(WordConvEmbedding, TakesTheLargestWindowThatFitsIntoTheWord) {
  NodeModel m("WordConvEmbedding");
  m.input(i32({4, 3}, {1, 2, 1, 2, 1, 0, 1, 0, 0, 0, 0, 0}));
  m.constant(f32({1, 1, 2, 1}, {1, 10})).constant(f32({1}, {0.5}));
  m.constant(f32({3, 1}, {0.02, -0.01, -0.03}));
  EXPECT_TRUE(all_close(m.run()[0], f32({4, 1}, {std::tanh(0.5 - 0.13), std::tanh(0.5 - 0.13),
                                                 std::tanh(0.5 - 0.01 + 0.2), 0})));
  EXPECT_THAT(m.integer("conv_window_size", 3).import(),
              FailsWith(StatusCode::kInvalidArgument, "conv_window_size is 3"));
}

}  // namespace
}  // namespace tern::testing

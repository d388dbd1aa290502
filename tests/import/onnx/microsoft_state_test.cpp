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

}  // namespace
}  // namespace tern::testing

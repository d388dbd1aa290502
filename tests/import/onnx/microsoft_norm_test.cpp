#include <gtest/gtest.h>

#include <cmath>

#include "tests/import/onnx/node_model.h"

namespace tern::testing {
namespace {

// A row -1, 1 has mean 0 and variance 1, a row 3, 4 a mean square of 12.5.
const Tensor kScale = f32({2}, {2, 3});
const Tensor kShift = f32({2}, {10, 20});

TEST(MicrosoftNorm, SkipLayerNormalizationAddsFirst) {
  const Tensor x = f32({1, 1, 2}, {-3, 0});
  const Tensor skip = f32({1, 1, 2}, {1, 0.5});
  const Tensor bias = f32({2}, {1, 0.5});
  const std::vector<Tensor> y = NodeModel("SkipLayerNormalization", 4)
                                    .input(x)
                                    .input(skip)
                                    .constant(kScale)
                                    .constant(kShift)
                                    .constant(bias)
                                    .run();
  EXPECT_TRUE(all_close(y[0], f32({1, 1, 2}, {8, 23})));
  EXPECT_TRUE(all_close(y[1], f32({1, 1, 1}, {0})));
  EXPECT_TRUE(all_close(y[2], f32({1, 1, 1}, {1})));
  EXPECT_TRUE(all_close(y[3], f32({1, 1, 2}, {-1, 1})));
  // One row for all batches.
  EXPECT_TRUE(all_close(NodeModel("SkipLayerNormalization")
                            .input(f32({2, 1, 2}, {-2, 0, -1, 2}))
                            .input(f32({1, 2}, {1, 1}))
                            .constant(kScale)
                            .run()[0],
                        f32({2, 1, 2}, {-2, 3, -2, 3})));
}

TEST(MicrosoftNorm, LayerNormalizationIsTheStandards) {
  EXPECT_EQ(NodeModel("LayerNormalization")
                .number("epsilon", 1e-5F)
                .integer("axis", -1)
                .input(f32({1, 2}, {-1, 1}))
                .constant(kScale)
                .constant(kShift)
                .operators(),
            "LayerNormalization");
}

TEST(MicrosoftNorm, SimplifiedLeavesTheMeanOut) {
  const double rms = std::sqrt(12.5);
  const Tensor expected = f32({1, 1, 2}, {6 / rms, 12 / rms});
  for (const std::string_view domain : {"ai.onnx", "com.microsoft"}) {
    const std::vector<Tensor> y = NodeModel("SimplifiedLayerNormalization", 2, domain)
                                      .integer("axis", -1)
                                      .integer("stash_type", 1)
                                      .number("epsilon", 0)
                                      .input(f32({1, 1, 2}, {3, 4}))
                                      .constant(kScale)
                                      .run();
    EXPECT_TRUE(all_close(y[0], expected));
    EXPECT_TRUE(all_close(y[1], f32({1, 1, 1}, {1 / rms})));
  }
  EXPECT_EQ(NodeModel("SimplifiedLayerNormalization", 1, "ai.onnx")
                .input(f32({1, 1, 2}, {3, 4}))
                .constant(kScale)
                .operators(),
            "RMSNormalization");
  const std::vector<Tensor> y = NodeModel("SkipSimplifiedLayerNormalization", 1)
                                    .input(f32({1, 1, 2}, {1, 1}))
                                    .input(f32({1, 1, 2}, {1, 2}))
                                    .constant(kScale)
                                    .constant(f32({2}, {1, 1}))
                                    .run();
  EXPECT_TRUE(all_close(y[0], expected));
}

TEST(MicrosoftNorm, EmbedLayerNormalizationLooksUpAndSums) {
  // Words -1 1 and -2 2, positions 0 0 and 1 -1, segments 0 0 and 5 5.
  const Tensor ids = i32({1, 2}, {0, 1});
  const Tensor words = f32({2, 2}, {-1, 1, -2, 2});
  const Tensor positions = f32({3, 2}, {0, 0, 1, -1, 0, 6});
  const Tensor segments = f32({2, 2}, {0, 0, 5, 5});
  const std::vector<Tensor> y = NodeModel("EmbedLayerNormalization", 3)
                                    .input(ids)
                                    .input(i32({1, 2}, {0, 1}))
                                    .constant(words)
                                    .constant(positions)
                                    .constant(segments)
                                    .constant(kScale)
                                    .constant(kShift)
                                    .input(i32({1, 2}, {1, 0}))
                                    .run();
  EXPECT_TRUE(all_close(y[0], f32({1, 2, 2}, {8, 23, 8, 23})));
  EXPECT_TRUE(all_close(y[1], i32({1}, {1})));
  EXPECT_TRUE(all_close(y[2], f32({1, 2, 2}, {-1, 1, 4, 6})));
  // Without segments and mask, the positions given: the second row is -2 8.
  const std::vector<Tensor> other = NodeModel("EmbedLayerNormalization", 2)
                                        .input(ids)
                                        .none()
                                        .constant(words)
                                        .constant(positions)
                                        .none()
                                        .constant(kScale)
                                        .constant(kShift)
                                        .none()
                                        .input(i32({1, 2}, {0, 2}))
                                        .run();
  EXPECT_TRUE(all_close(other[0], f32({1, 2, 2}, {8, 23, 8, 23})));
  EXPECT_TRUE(all_close(other[1], i32({1}, {0})));
}

TEST(MicrosoftNorm, QuantisedEmbeddingsAreNumbersFirst) {
  const auto u8 = [](const Shape& shape, const std::vector<std::int64_t>& values) {
    return ints(DType::kU8, shape, values);
  };
  NodeModel m("QEmbedLayerNormalization", 2);
  m.input(i32({1, 2}, {1, 0})).none();
  m.constant(u8({2, 2}, {128, 128, 126, 130}));  // words 0 0 and -1 1
  m.constant(u8({2, 2}, {0, 0, 4, 0})).none();   // positions 0 0 and 1 0
  m.constant(u8({2}, {4, 6})).constant(u8({2}, {10, 20})).none();
  for (const double scale : {0.5, 0.25, 1.0, 0.5, 1.0}) m.constant(f32({}, {scale}));
  for (const std::int64_t zero : {128, 0, 0, 0, 0}) m.constant(u8({}, {zero}));
  // Rows -1 1 and 1 0, whose mean is 1/2 and deviation 1/2.
  const std::vector<Tensor> y = m.run();
  EXPECT_TRUE(all_close(y[0], f32({1, 2, 2}, {8, 23, 12, 17})));
  EXPECT_TRUE(all_close(y[1], i32({1}, {0})));
}

TEST(MicrosoftNorm, GroupNormHasTheChannelsLast) {
  // Two groups of two channels each: -1 1 and 3 5.
  const Tensor x = f32({1, 1, 1, 4}, {-1, 1, 3, 5});
  const Tensor one = f32({4}, {1, 1, 2, 2});
  const Tensor zero = f32({4}, {0, 0, 0, 1});
  EXPECT_TRUE(all_close(NodeModel("GroupNorm")
                            .integer("groups", 2)
                            .integer("activation", 0)
                            .number("epsilon", 0)
                            .input(x)
                            .constant(one)
                            .constant(zero)
                            .run()[0],
                        f32({1, 1, 1, 4}, {-1, 1, -2, 3})));
  const auto silu = [](double v) { return v / (1 + std::exp(-v)); };
  const std::vector<Tensor> y = NodeModel("SkipGroupNorm", 2)
                                    .integer("groups", 2)
                                    .integer("activation", 1)
                                    .integer("channels_last", 0)
                                    .number("epsilon", 0)
                                    .input(f32({1, 4, 1, 1}, {-2, 0, 2, 4}))
                                    .constant(one)
                                    .constant(zero)
                                    .input(f32({1, 4}, {1, 1, 1, 1}))
                                    .run();
  EXPECT_TRUE(all_close(y[0], mapped(f32({1, 4, 1, 1}, {-1, 1, -2, 3}), silu)));
  EXPECT_TRUE(all_close(y[1], f32({1, 4, 1, 1}, {-1, 1, 3, 5})));
}

}  // namespace
}  // namespace tern::testing

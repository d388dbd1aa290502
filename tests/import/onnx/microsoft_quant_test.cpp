#include <gtest/gtest.h>

#include "tests/import/onnx/node_model.h"
#include "tests/support/status_matchers.h"

namespace tern::testing {
namespace {

Tensor u8(const Shape& shape, const std::vector<std::int64_t>& values) {
  return ints(DType::kU8, shape, values);
}
Tensor i8(const Shape& shape, const std::vector<std::int64_t>& values) {
  return ints(DType::kI8, shape, values);
}

NodeModel& scaled(NodeModel& m, Tensor x, double scale, Tensor zero) {
  m.input(std::move(x)).constant(f32({}, {scale}));
  return zero.defined() ? m.constant(std::move(zero)) : m.none();
}

TEST(MicrosoftQLinear, AddsAndMultipliesNumbers) {
  // -1 0.5 and 2 4: sums 1 4.5, products -2 2.
  NodeModel add("QLinearAdd");
  scaled(add, u8({2}, {8, 11}), 0.5, u8({}, {10}));
  scaled(add, u8({2}, {1, 2}), 2, Tensor());
  add.constant(f32({1}, {0.25})).constant(u8({1}, {100}));
  EXPECT_TRUE(all_close(add.run()[0], u8({2}, {104, 118})));
  NodeModel multiply("QLinearMul");
  scaled(multiply, i8({2}, {-2, 1}), 0.5, i8({}, {0}));
  scaled(multiply, i8({2}, {1, 2}), 2, Tensor());
  multiply.constant(f32({}, {0.015625}));
  // 128 steps are one more than fit.
  EXPECT_TRUE(all_close(multiply.run()[0], i8({2}, {-128, 127})));
}

TEST(MicrosoftQLinear, AppliesFunctions) {
  NodeModel sigmoid("QLinearSigmoid");
  scaled(sigmoid, u8({3}, {28, 128, 228}), 1, u8({}, {128}));
  sigmoid.constant(f32({}, {1.0 / 256})).none();
  EXPECT_TRUE(all_close(sigmoid.run()[0], u8({3}, {0, 128, 255})));
  NodeModel leaky("QLinearLeakyRelu");
  scaled(leaky.number("alpha", 0.5), i8({3}, {-8, 0, 6}), 1, Tensor());
  leaky.constant(f32({}, {2})).constant(i8({}, {1}));
  EXPECT_TRUE(all_close(leaky.run()[0], i8({3}, {-1, 1, 4})));
  // Both axes together, as up to opset 12; one of them since.
  for (const std::int64_t opset : {12, 13}) {
    NodeModel softmax("QLinearSoftmax");
    scaled(softmax.integer("axis", 1).integer("opset", opset), u8({1, 2, 2}, {5, 5, 5, 5}), 1,
           u8({}, {5}));
    softmax.constant(f32({}, {0.125})).constant(u8({}, {0}));
    const std::int64_t each = opset < 13 ? 2 : 4;
    EXPECT_TRUE(all_close(softmax.run()[0], u8({1, 2, 2}, {each, each, each, each})));
  }
}

TEST(MicrosoftQLinear, JoinsChoosesAndAverages) {
  NodeModel join("QLinearConcat");
  join.integer("axis", 0).constant(f32({}, {0.5})).constant(u8({}, {10}));
  scaled(join, u8({2}, {0, 4}), 0.25, u8({}, {0}));
  scaled(join, u8({1}, {8}), 1, u8({}, {9}));
  EXPECT_TRUE(all_close(join.run()[0], u8({3}, {10, 12, 8})));
  NodeModel uneven = join;
  uneven.input(u8({1}, {8}));
  EXPECT_THAT(uneven.import(), FailsWith(StatusCode::kInvalidArgument, "9 inputs are not a scale"));

  NodeModel choose("QLinearWhere");
  choose.input(boolean({2}, {1, 0}));
  scaled(choose, u8({2}, {3, 3}), 1, u8({}, {0}));
  scaled(choose, u8({2}, {5, 5}), 2, u8({}, {1}));
  choose.constant(f32({}, {1})).constant(u8({}, {2}));
  EXPECT_TRUE(all_close(choose.run()[0], u8({2}, {5, 10})));

  NodeModel mean("QLinearReduceMean");
  scaled(mean.ints("axes", {1}).integer("keepdims", 0), u8({2, 2}, {1, 3, 5, 9}), 1, u8({}, {1}));
  mean.constant(f32({}, {0.5})).constant(u8({}, {0}));
  EXPECT_TRUE(all_close(mean.run()[0], u8({2}, {2, 12})));
}

TEST(MicrosoftQLinear, PoolsImagesOfEitherLayout) {
  // Two channels: 1 2 3 4 with mean 2.5, and 10 20 30 40 with mean 25, in steps of 1/2.
  NodeModel first("QLinearAveragePool");
  scaled(first.ints("kernel_shape", {2, 2}), u8({1, 2, 2, 2}, {1, 2, 3, 4, 10, 20, 30, 40}), 1,
         u8({}, {0}));
  first.constant(f32({}, {0.5})).constant(u8({}, {1}));
  EXPECT_TRUE(all_close(first.run()[0], u8({1, 2, 1, 1}, {6, 51})));
  for (const char* op : {"QLinearAveragePool", "QLinearGlobalAveragePool"}) {
    NodeModel last(op);
    last.integer("channels_last", 1);
    if (op == std::string_view("QLinearAveragePool")) last.ints("kernel_shape", {2, 2});
    scaled(last, u8({1, 2, 2, 2}, {1, 10, 2, 20, 3, 30, 4, 40}), 1, u8({}, {0}));
    last.constant(f32({}, {0.5})).constant(u8({}, {1}));
    EXPECT_TRUE(all_close(last.run()[0], u8({1, 1, 1, 2}, {6, 51})));
  }
}

TEST(MicrosoftQLinear, ConvolvesWithTheChannelsLast) {
  NodeModel conv("QLinearConv");
  scaled(conv.integer("channels_last", 1), u8({1, 1, 2, 2}, {1, 10, 2, 20}), 1, u8({}, {0}));
  // Twice the second channel minus the first, plus 4: 23, 42.
  conv.constant(i8({1, 2, 1, 1}, {-1, 2})).constant(f32({}, {1})).constant(i8({}, {0}));
  conv.constant(f32({}, {1})).constant(u8({}, {0})).constant(i32({1}, {4}));
  EXPECT_TRUE(all_close(conv.run()[0], u8({1, 1, 2, 1}, {23, 42})));
}

TEST(MicrosoftQuantisedProducts, StayWholeNumbersUntilScaled) {
  // [1 2] times [1 -1; 0 3] and 2 per column: [1 5] + [0 1].
  NodeModel product("MatMulIntegerToFloat");
  product.input(u8({1, 2}, {11, 12})).constant(i8({2, 2}, {1, 0, 0, 4}));
  product.constant(f32({1}, {0.5})).constant(f32({2}, {1, 2}));
  product.constant(u8({1}, {10})).constant(i8({2}, {0, 1})).constant(f32({2}, {0, 1}));
  EXPECT_TRUE(all_close(product.run()[0], f32({1, 2}, {0.5, 6})));

  // alpha (A' B' + C) in steps of 2 * 0.5: [1 2] [1 2; 3 4]' = [5 11], plus [1 -1], times 2.
  NodeModel gemm("QGemm");
  gemm.number("alpha", 2).integer("transA", 1).integer("transB", 1);
  gemm.input(u8({2, 1}, {4, 5})).constant(f32({}, {2})).constant(u8({}, {3}));
  gemm.constant(i8({2, 2}, {1, 2, 3, 4})).constant(f32({}, {0.5})).constant(i8({}, {0}));
  gemm.constant(i32({2}, {1, -1}));
  EXPECT_TRUE(all_close(gemm.run()[0], f32({1, 2}, {12, 20})));
  gemm.constant(f32({}, {4})).constant(u8({}, {7}));
  EXPECT_TRUE(all_close(gemm.run()[0], u8({1, 2}, {10, 12})));
}

TEST(MicrosoftQuantisedProducts, QuantiseTheirInputThemselves) {
  // 0 to 2.55 in steps of 0.01: the input is exact.
  NodeModel m("DynamicQuantizeMatMul");
  m.input(f32({1, 2}, {0.5, 2.55})).constant(i8({2, 1}, {2, 1})).constant(f32({}, {2}));
  m.none().constant(f32({1}, {-1}));
  EXPECT_TRUE(all_close(m.run()[0], f32({1, 1}, {6.1}), {.relative = 1e-4}));
}

TEST(MicrosoftQuantize, IsTheStandardsWithSixteenBits) {
  NodeModel quantize("QuantizeLinear");
  quantize.integer("axis", 0).input(f32({2, 1}, {1, 1})).constant(f32({2}, {0.5, 0.001}));
  quantize.constant(ints(DType::kU16, {2}, {40000, 0}));
  EXPECT_TRUE(all_close(quantize.run()[0], ints(DType::kU16, {2, 1}, {40002, 1000})));
  NodeModel dequantize("DequantizeLinear");
  dequantize.input(ints(DType::kI16, {2}, {-300, 300})).constant(f32({}, {0.5}));
  EXPECT_TRUE(all_close(dequantize.run()[0], f32({2}, {-150, 150})));
}

TEST(MicrosoftIntegers, ComputeIn32Bits) {
  const auto u16 = [](const Shape& shape, const std::vector<std::int64_t>& values) {
    return ints(DType::kU16, shape, values);
  };
  EXPECT_TRUE(all_close(
      NodeModel("MatMulInteger16").input(u16({1, 1}, {65535})).input(u16({1, 1}, {65535})).run()[0],
      ints(DType::kU32, {1, 1}, {4294836225})));
  EXPECT_TRUE(all_close(NodeModel("MulInteger")
                            .input(u8({2}, {0, 255}))
                            .constant(u8({}, {1}))
                            .input(u8({2}, {10, 2}))
                            .run()[0],
                        i32({2}, {-10, 508})));
  EXPECT_TRUE(all_close(NodeModel("ReduceSumInteger")
                            .ints("axes", {0})
                            .integer("keepdims", 1)
                            .input(u8({2, 1}, {255, 255}))
                            .run()[0],
                        ints(DType::kU32, {1, 1}, {510})));
}

TEST(MicrosoftBnb4, LooksNumbersUp) {
  // Codes 15 0 are 1 and -1 of the normal quantiles, 3 11 are 1 and -1 of the floats.
  for (const std::int64_t type : {0, 1}) {
    NodeModel m("MatMulBnb4");
    m.integer("K", 2).integer("N", 2).integer("block_size", 2).integer("quant_type", type);
    m.input(f32({1, 2}, {3, 1}));
    m.constant(type == 0 ? u8({2}, {0x3b, 0x33}) : u8({2}, {0xf0, 0xff}));
    m.constant(f32({2}, {1, 10}));
    EXPECT_TRUE(all_close(m.run()[0], f32({1, 2}, {2, 40})));
  }
}

TEST(MicrosoftGatherBlockQuantized, ScalesTheRowsItReads) {
  // Rows of 32 numbers of 4 bits in two blocks; the second row holds 9 and then 1.
  std::vector<std::int64_t> bytes(32, 0);
  for (std::size_t i = 16; i < 24; ++i) bytes[i] = 0x99;
  for (std::size_t i = 24; i < 32; ++i) bytes[i] = 0x11;
  const auto table = [&] {
    NodeModel m("GatherBlockQuantized");
    m.integer("block_size", 16).integer("gather_axis", 0).integer("quantize_axis", 1);
    m.constant(u8({2, 16}, bytes)).input(i64({1}, {1})).constant(f32({2, 2}, {1, 1, 0.5, 2}));
    return m;
  };
  const Tensor plain = table().run()[0];                                  // less 8
  const Tensor zeros = table().constant(u8({2, 1}, {0, 0x21})).run()[0];  // less 1 and 2
  for (std::int64_t i = 0; i < 32; ++i) {
    EXPECT_EQ(plain.data<float>()[i], i < 16 ? 0.5F : -14.0F) << i;
    EXPECT_EQ(zeros.data<float>()[i], i < 16 ? 4.0F : -2.0F) << i;
  }
}

}  // namespace
}  // namespace tern::testing

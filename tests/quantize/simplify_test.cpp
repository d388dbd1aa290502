#include "tern/simplify.h"

#include "tern/functions.h"
#include "tern/ops/quant.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using tern::testing::f32;
using tern::testing::filled;
using tern::testing::IsOk;
using tern::testing::random_values;

std::vector<std::string> operators_of(const Graph& graph) {
  std::vector<std::string> names;
  for (const NodeId id : graph.nodes()) names.emplace_back(graph.node(id).op.name());
  return names;
}

TEST(Simplify, MergesBatchNormalizationAndFoldsConstants) {
  GraphBuilder b("net");
  const Value x = b.input("x", DType::kF32, {"N", 2, 4, 4});
  const Value w = b.constant(random_values(DType::kF32, {3, 2, 1, 1}));
  const auto per_channel = [&](double value) {
    return b.constant(filled(DType::kF32, {3}, [=](std::int64_t) { return value; }));
  };
  const Value y = b.op(ops::Conv{}, {x, w});
  const Value normal = b.op(ops::BatchNormalization{},
                            {y, per_channel(2), per_channel(1), per_channel(0.5), per_channel(4)});
  b.output("y", normal * (b.scalar(2.0F) + b.scalar(1.0F)));
  Graph graph = *b.build();
  ASSERT_THAT(simplify(graph), IsOk());
  EXPECT_EQ(operators_of(graph), (std::vector<std::string>{"Conv", "Mul"}));
  EXPECT_EQ(graph.value(graph.outputs()[0]).name, "y");
}

TEST(Simplify, WeightsInFewBitsStaySo) {
  GraphBuilder b("net");
  const Value x = b.input("x", DType::kF32, {"N", 64});
  const Value bytes =
      b.constant(filled(DType::kI8, {64, 64}, [](std::int64_t i) { return i % 9; }));
  const Value w = b.op(ops::DequantizeLinear{}, {bytes, b.scalar(0.5F)});
  const Value half =
      cast(b.constant(filled(DType::kF16, {64, 64}, [](std::int64_t) { return 1; })), DType::kF32);
  b.output("y", matmul(matmul(x, w), half));
  Graph graph = *b.build();
  ASSERT_THAT(simplify(graph), IsOk());
  EXPECT_EQ(operators_of(graph).size(), 4U);
}

}  // namespace
}  // namespace tern

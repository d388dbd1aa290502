#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tern/functions.h"
#include "tern/trainable.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using ::testing::ElementsAre;
using testing::f32;
using testing::FailsWith;
using testing::filled;
using testing::IsOk;

Tensor ramp(const Shape& shape) {
  return filled(DType::kF32, shape, [](std::int64_t i) { return 0.1 * static_cast<double>(i); });
}

// What an exported network looks like: everything is a constant.
Graph network() {
  GraphBuilder b("net");
  Value x = b.input("x", DType::kF32, {"N", 2, 4, 4});
  x = (x - b.constant(ramp({2, 1, 1}), "input.mean")) * 0.5;
  x = conv(x, b.constant(ramp({3, 2, 3, 3}), "conv.weight"), b.constant(ramp({3}), "conv.bias"),
           {});
  x = b.op(ops::BatchNormalization{},
           {x, b.constant(ramp({3}), "bn.scale"), b.constant(ramp({3}), "bn.bias"),
            b.constant(ramp({3}), "bn.mean"), b.constant(ramp({3}), "bn.var")});
  x = flatten(relu(x) * 2.0);
  const Value w = transpose(b.constant(ramp({5, 12}), "fc.weight"), {1, 0});
  b.output("y", matmul(x, w) + b.constant(ramp({5}), "fc.bias"));
  return *b.build();
}

ValueKind kind_of(const Graph& graph, std::string_view name) {
  return graph.value(graph.find(name)).kind;
}

TEST(MakeTrainable, FindsTheParametersOfLayers) {
  Graph graph = network();
  const auto names = make_trainable(graph);
  ASSERT_THAT(names, IsOk());
  EXPECT_THAT(*names, ElementsAre("conv.weight", "conv.bias", "bn.scale", "bn.bias", "fc.weight",
                                  "fc.bias"));
  EXPECT_EQ(kind_of(graph, "input.mean"), ValueKind::kConstant);
  EXPECT_EQ(kind_of(graph, "bn.mean"), ValueKind::kVariable) << "its statistics move now";
  EXPECT_TRUE(graph.value(graph.find("fc.weight")).trainable);
}

TEST(MakeTrainable, SelectsByPattern) {
  const auto select = [](const char* pattern) {
    Graph graph = network();
    auto names = make_trainable(graph, pattern);
    EXPECT_THAT(names, IsOk());
    EXPECT_EQ(kind_of(graph, "bn.mean"), ValueKind::kConstant);
    return *names;
  };
  EXPECT_THAT(select("fc*"), ElementsAre("fc.weight", "fc.bias"));
  EXPECT_THAT(select("!*.bias, fc.*"), ElementsAre("fc.weight"));
  EXPECT_THAT(select("c?nv.b*s,fc.bias"), ElementsAre("conv.bias", "fc.bias"));
  EXPECT_THAT(select("*v*w*ht"), ElementsAre("conv.weight"));
}

TEST(MakeTrainable, SaysWhatThereIsWhenNothingMatches) {
  Graph graph = network();
  EXPECT_THAT(make_trainable(graph, "head*"),
              FailsWith(StatusCode::kNotFound, "there are: conv.weight, conv.bias"));
}

}  // namespace
}  // namespace tern

#include <gtest/gtest.h>

#include <cmath>

#include "ops/evaluate.h"
#include "tern/functions.h"
#include "tern/nn.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern::nn {
namespace {

using tern::testing::all_close;
using tern::testing::f32;
using tern::testing::FailsWith;
using tern::testing::i64;
using tern::testing::IsOk;
using tern::testing::values_of;

std::string type_of(Value value) {
  std::string text;
  for (const Dim& dim : value.type().shape) {
    text += (text.empty() ? "" : ",") + (dim.known() ? std::to_string(dim.value()) : "N");
  }
  return text;
}

std::vector<std::string> variables_of(const Graph& graph) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const ValueData& value = graph.value(static_cast<ValueId>(i));
    if (value.kind != ValueKind::kVariable) continue;
    names.push_back(value.name + value.type.concrete_shape().to_string() +
                    (value.trainable ? "" : " fixed"));
  }
  return names;
}

TEST(Initializer, UniformValuesHaveTheStatedBoundAndVariance) {
  const struct {
    Initializer initializer;
    double bound;
  } cases[] = {{Initializer::kKaimingUniform, std::sqrt(6.0 / 24)},
               {Initializer::kXavierUniform, std::sqrt(6.0 / (24 + 12))}};
  for (const auto& [initializer, bound] : cases) {
    const auto t = make_initial(
        DType::kF64, {20000},
        {.initializer = initializer, .fan_in = 24, .fan_out = 12, .seed = 3, .stream = 4});
    ASSERT_THAT(t, IsOk());
    double largest = 0, squares = 0;
    for (const double x : t->span<double>()) {
      largest = std::max(largest, std::abs(x));
      squares += x * x;
    }
    EXPECT_LE(largest, bound);
    EXPECT_GT(largest, bound * 0.999);
    // The variance of the estimate is (4/45) b^4 / n: five standard deviations.
    EXPECT_NEAR(squares / 20000, bound * bound / 3,
                5 * std::sqrt(4.0 / 45 / 20000) * bound * bound);
  }
}

TEST(Initializer, NormalValuesHaveTheStatedVariance) {
  const auto t = make_initial(
      DType::kF64, {20000},
      {.initializer = Initializer::kKaimingNormal, .fan_in = 8, .seed = 1, .stream = 1});
  ASSERT_THAT(t, IsOk());
  double sum = 0, squares = 0;
  for (const double x : t->span<double>()) sum += x, squares += x * x;
  EXPECT_NEAR(sum / 20000, 0, 5 * 0.5 / std::sqrt(20000.0));
  EXPECT_NEAR(squares / 20000, 0.25, 5 * 0.25 * std::sqrt(2.0 / 20000));
}

TEST(Initializer, FollowsFromSeedAndStreamAlone) {
  const auto draw = [](std::uint64_t seed, std::uint64_t stream) {
    return *make_initial(DType::kF32, {4},
                         {.initializer = Initializer::kUnitNormal, .seed = seed, .stream = stream});
  };
  EXPECT_TRUE(identical(draw(1, 2), draw(1, 2)));
  EXPECT_FALSE(identical(draw(1, 2), draw(2, 2)));
  EXPECT_FALSE(identical(draw(1, 2), draw(1, 3)));
  EXPECT_THAT(make_initial(DType::kI32, {1}, {}),
              FailsWith(StatusCode::kInvalidArgument, "i32, which is not floating"));
}

TEST(Layers, NameTheirVariablesAndFollowShapes) {
  GraphBuilder b("g");
  Layers nn(b);
  Value x = b.input("x", DType::kF32, {"N", 3, 16, 16});
  x = nn.conv(x, {.channels = 8, .kernel = {3}, .same = true});
  EXPECT_EQ(type_of(x), "N,8,16,16");
  x = nn.batch_norm(x);
  x = nn.conv(x, {.channels = 4, .kernel = {5, 3}, .stride = {2}, .bias = false});
  EXPECT_EQ(type_of(x), "N,4,6,7");
  x = nn.max_pool(x);
  EXPECT_EQ(type_of(x), "N,4,3,3");
  x = nn.flatten(nn.dropout(x));
  EXPECT_EQ(type_of(x), "N,36");
  x = nn.dense(x, {.units = 10, .name = "head"});
  b.output("y", x);
  const auto graph = b.build();
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(variables_of(*graph),
            (std::vector<std::string>{
                "conv1.weight[8,3,3,3]", "conv1.bias[8]", "batch_norm1.scale[8]",
                "batch_norm1.bias[8]", "batch_norm1.mean[8] fixed", "batch_norm1.variance[8] fixed",
                "conv2.weight[4,8,5,3]", "head.weight[36,10]", "head.bias[10]"}));
}

TEST(Layers, OfAListAreTheSameAsOneByOne) {
  const auto build = [](bool list) {
    GraphBuilder b("g");
    Layers nn(b, {.seed = 5});
    const Value x = b.input("x", DType::kF32, {"N", 4});
    if (list) {
      const Layer layers[] = {Dense{.units = 3}, Activate{Activation::kTanh}, Dense{.units = 2}};
      b.output("y", nn.sequential(x, layers));
    } else {
      b.output("y", nn.dense(tanh(nn.dense(x, {.units = 3})), {.units = 2}));
    }
    return *evaluate(*b.build(), std::vector<Tensor>{f32({1, 4}, {1, -2, 3, -4})});
  };
  EXPECT_TRUE(identical(build(true)[0], build(false)[0]));
}

TEST(Layers, DenseIsAnAffineMap) {
  for (const Shape& shape : {Shape{2, 2}, Shape{1, 2, 2}}) {
    GraphBuilder b("g");
    Layers nn(b);
    const Value x = b.input("x", TypeInfo(DType::kF32, shape));
    b.output("y", nn.dense(x, {.units = 1, .weights = Initializer::kOnes}));
    const auto y = evaluate(*b.build(), std::vector<Tensor>{f32(shape, {1, 2, 3, 4})});
    ASSERT_THAT(y, IsOk());
    EXPECT_EQ(values_of((*y)[0]), (std::vector<double>{3, 7}));
  }
}

TEST(Layers, NormalisationsBeginAsThePlainFormula) {
  GraphBuilder b("g");
  Layers nn(b);
  const Value x = b.input("x", DType::kF32, {1, 2});
  b.output("rows", nn.layer_norm(x, {.epsilon = 0}));
  b.output("channels", nn.batch_norm(x, {.epsilon = 3}));
  // Of 1 and 5: mean 3, deviation 2. The running statistics begin with mean 0 and variance 1.
  const auto y = evaluate(*b.build(), std::vector<Tensor>{f32({1, 2}, {1, 5})});
  ASSERT_THAT(y, IsOk());
  EXPECT_TRUE(all_close((*y)[0], f32({1, 2}, {-1, 1})));
  EXPECT_TRUE(all_close((*y)[1], f32({1, 2}, {0.5, 2.5})));
}

TEST(Layers, PoolsMoveByTheirKernelUnlessTold) {
  GraphBuilder b("g");
  Layers nn(b);
  const Value x = b.input("x", DType::kF32, {1, 1, 4});
  b.output("max", nn.max_pool(x, {.kernel = {2}}));
  b.output("mean", nn.average_pool(x, {.kernel = {2}, .stride = {1}}));
  b.output("all", nn.global_average_pool(x));
  const auto y = evaluate(*b.build(), std::vector<Tensor>{f32({1, 1, 4}, {1, 3, 8, 4})});
  ASSERT_THAT(y, IsOk());
  EXPECT_TRUE(all_close((*y)[0], f32({1, 1, 2}, {3, 8})));
  EXPECT_TRUE(all_close((*y)[1], f32({1, 1, 3}, {2, 5.5, 6})));
  EXPECT_TRUE(all_close((*y)[2], f32({1, 1}, {4})));
}

TEST(Layers, EmbeddingTakesRowsOfItsTable) {
  GraphBuilder b("g");
  Layers nn(b, {.seed = 2});
  const Value ids = b.input("ids", DType::kU8, {"N"});
  b.output("y", nn.embedding(ids, {.count = 5, .size = 2}));
  const Graph graph = *b.build();
  const auto y =
      evaluate(graph, std::vector<Tensor>{tern::testing::ints(DType::kU8, {3}, {4, 0, 4})});
  ASSERT_THAT(y, IsOk());
  const auto table = values_of(graph.value(graph.find("embedding1.weight")).tensor);
  EXPECT_EQ(values_of((*y)[0]),
            (std::vector<double>{table[8], table[9], table[0], table[1], table[8], table[9]}));
}

TEST(Layers, ResidualAddsItsShortcut) {
  GraphBuilder b("g");
  Layers nn(b);
  const Value x = b.input("x", DType::kF32, {1, 2});
  const Dense ones{.units = 2, .weights = Initializer::kOnes};
  b.output("same", nn.apply(x, Residual{.body = {ones}}));
  b.output("both", nn.apply(x, Residual{.body = {ones}, .shortcut = {ones}}));
  const Graph graph = *b.build();
  const auto y = evaluate(graph, std::vector<Tensor>{f32({1, 2}, {1, 2})});
  ASSERT_THAT(y, IsOk());
  EXPECT_EQ(values_of((*y)[0]), (std::vector<double>{4, 5}));
  EXPECT_EQ(values_of((*y)[1]), (std::vector<double>{6, 6}));
  EXPECT_NE(graph.find("residual1.dense1.weight"), kNoValue);
}

TEST(Layers, RecurrentOnesGiveTheLastStateOrAll) {
  for (const RecurrentKind kind :
       {RecurrentKind::kLstm, RecurrentKind::kGru, RecurrentKind::kRnn}) {
    const auto run = [&](bool sequence, bool bidirectional) {
      GraphBuilder b("g");
      Layers nn(b, {.seed = 3});
      const Value x = b.input("x", DType::kF32, {"N", "steps", 3});
      b.output(
          "y",
          nn.recurrent(
              x, {.kind = kind, .units = 2, .bidirectional = bidirectional, .sequence = sequence}));
      const auto y = evaluate(
          *b.build(), std::vector<Tensor>{tern::testing::random_values(DType::kF32, {2, 4, 3})});
      EXPECT_THAT(y, IsOk());
      return (*y)[0];
    };
    const Tensor last = run(false, false), all = run(true, false);
    EXPECT_EQ(last.shape(), (Shape{2, 2}));
    ASSERT_EQ(all.shape(), (Shape{2, 4, 2}));
    const auto states = values_of(all), ends = values_of(last);
    for (std::size_t n = 0; n < 2; ++n) {
      for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(ends[2 * n + i], states[8 * n + 6 + i]);
    }
    EXPECT_EQ(run(true, true).shape(), (Shape{2, 4, 4}));
    EXPECT_EQ(run(false, true).shape(), (Shape{2, 4}));
  }
}

TEST(Layers, TheForgetGatesOfAnLstmBeginOpen) {
  GraphBuilder b("g");
  Layers nn(b);
  nn.recurrent(b.input("x", DType::kF32, {"N", 5, 1}), {.units = 2, .bidirectional = true});
  ASSERT_THAT(b.status(), IsOk());
  // Per direction gates i, o, f, c of W, then of R.
  const std::vector<double> one{0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  std::vector<double> both = one;
  both.insert(both.end(), one.begin(), one.end());
  EXPECT_EQ(values_of(b.graph().value(b.graph().find("lstm1.bias")).tensor), both);
}

TEST(Layers, MistakesNameTheLayer) {
  const auto mistake = [](const Layer& layer, std::initializer_list<DimSpec> shape) {
    GraphBuilder b("g");
    Layers nn(b);
    nn.apply(b.input("x", DType::kF32, shape), layer);
    return b.status();
  };
  const auto is = [](const char* part) { return FailsWith(StatusCode::kInvalidArgument, part); };
  EXPECT_THAT(mistake(Dense{.units = 0}, {"N", 2}), is("dense1: 0 units"));
  EXPECT_THAT(mistake(Dense{.units = 1}, {"N", "?"}), is("dense1: the size of axis 1"));
  EXPECT_THAT(mistake(Dense{.units = 1}, {2}), is("dense1: the input has 1 axes"));
  EXPECT_THAT(mistake(Conv{.channels = 4, .groups = 3}, {"N", 3, 8, 8}),
              is("conv1: 3 groups for 3 channels in and 4 out"));
  EXPECT_THAT(mistake(Conv{.channels = 4, .kernel = {3, 3, 3}}, {"N", 3, 8, 8}),
              is("kernel has 3 sizes for 2 spatial axes"));
  EXPECT_THAT(mistake(Conv{.channels = 4, .stride = {0}}, {"N", 3, 8, 8}), is("stride 0"));
  EXPECT_THAT(mistake(Conv{.channels = 1'000'000, .kernel = {1'000'000}}, {"N", 1'000'000, 8, 8}),
              is("more than 2^62 elements"));
  EXPECT_THAT(mistake(Dropout{.ratio = 1}, {"N", 2}), is("ratio 1 is not in [0, 1)"));
  EXPECT_THAT(mistake(Embedding{.count = 3, .size = 0}, {"N"}),
              is("embedding1: 3 rows of 0 numbers"));
  EXPECT_THAT(mistake(Recurrent{.units = 0}, {"N", 3, 2}), is("lstm1: 0 units"));
  EXPECT_THAT(mistake(Recurrent{.kind = RecurrentKind::kGru, .units = 4}, {"N", 3}),
              is("gru1: the input has 2 axes"));
}

TEST(Layers, KindsAreNamed) {
  EXPECT_EQ(kind_of(Layer(Dense{})), "dense");
  EXPECT_EQ(kind_of(Layer(Activate{})), "activation");
  EXPECT_EQ(kind_of(Layer(Recurrent{})), "recurrent");
  EXPECT_EQ(kind_of(Layer(Residual{})), "residual");
}

}  // namespace
}  // namespace tern::nn

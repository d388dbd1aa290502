#include "tern/quantize.h"

#include <algorithm>
#include <cmath>

#include "tern/functions.h"
#include "tern/model.h"
#include "tern/ops/quant.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tensors.h"

namespace tern {
namespace {

using tern::testing::all_close;
using tern::testing::f32;
using tern::testing::FailsWith;
using tern::testing::IsOk;
using tern::testing::random_values;

using Samples = std::vector<std::vector<Tensor>>;

// A convolutional net with a residual and two products.
Graph small_net() {
  GraphBuilder b("net");
  const auto weight = [&](const char* name, const Shape& shape, std::uint64_t seed) {
    return b.constant(random_values(DType::kF32, shape, -0.5, 0.5, seed), name);
  };
  const Value x = b.input("x", DType::kF32, {"N", 3, 8, 8});
  const ops::Conv same{.pads = {1, 1, 1, 1}};
  Value h = relu(b.op(same, {x, weight("w1", {8, 3, 3, 3}, 1), weight("b1", {8}, 2)}));
  h = h + b.op(same, {h, weight("w2", {8, 8, 3, 3}, 3)});
  h = flatten(max_pool(relu(h), {.kernel_shape = {2, 2}, .strides = {2, 2}}));
  h = relu(gemm(h, weight("w3", {16, 128}, 4), weight("b3", {16}, 5), {.transB = true}));
  b.output("y", matmul(h, weight("w4", {16, 5}, 6)) + weight("b4", {5}, 7));
  Result<Graph> graph = b.build();
  EXPECT_THAT(graph, IsOk());
  return *graph;
}

Samples some_samples(int count = 4) {
  Samples samples;
  for (int i = 0; i < count; ++i) {
    samples.push_back(
        {random_values(DType::kF32, {2, 3, 8, 8}, -1, 1, static_cast<std::uint64_t>(100 + i))});
  }
  return samples;
}

Tensor result_of(const Graph& graph, const Tensor& x) {
  Result<Session> session = Session::create(graph);
  EXPECT_THAT(session, IsOk());
  Result<std::vector<Tensor>> outputs = session->run({{x}});
  EXPECT_THAT(outputs, IsOk());
  return (*outputs)[0];
}

double relative_error(const Graph& exact, const Graph& other) {
  double difference = 0, all = 0;
  for (const std::vector<Tensor>& sample : some_samples()) {
    const auto want = tern::testing::values_of(result_of(exact, sample[0]));
    const auto got = tern::testing::values_of(result_of(other, sample[0]));
    for (std::size_t i = 0; i < want.size(); ++i) {
      difference += (got[i] - want[i]) * (got[i] - want[i]);
      all += want[i] * want[i];
    }
  }
  return std::sqrt(difference / all);
}

template <class Op>
std::size_t count(const Graph& graph) {
  return static_cast<std::size_t>(
      std::ranges::count_if(graph.nodes(), [&](NodeId id) { return graph.node(id).op.is<Op>(); }));
}

// Whether some constant of that dtype has the shape.
bool has_constant(const Graph& graph, DType dtype, const Shape& shape) {
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const Tensor* tensor = graph.constant(static_cast<ValueId>(i));
    if (tensor != nullptr && tensor->dtype() == dtype && tensor->shape() == shape) return true;
  }
  return false;
}

TEST(QuantizeStatic, IsNearTheModelAndHoldsBytes) {
  const Graph net = small_net();
  const auto small = quantize(net, some_samples(), {});
  ASSERT_THAT(small, IsOk());
  EXPECT_LT(relative_error(net, small->graph), 0.02);
  EXPECT_GT(relative_error(net, small->graph), 0);
  for (const Shape& shape : {Shape{8, 3, 3, 3}, Shape{8, 8, 3, 3}, Shape{16, 128}, Shape{16, 5}}) {
    EXPECT_TRUE(has_constant(small->graph, DType::kI8, shape)) << shape.to_string();
    EXPECT_FALSE(has_constant(small->graph, DType::kF32, shape)) << shape.to_string();
  }
  EXPECT_TRUE(has_constant(small->graph, DType::kI32, {8}));  // a bias in steps of the products
  // x, after the first Relu, the second Conv, the Relu behind the sum, the pool, Flatten, Gemm.
  EXPECT_EQ(count<ops::QuantizeLinear>(small->graph), 7U);
  EXPECT_EQ(small->graph.value(small->graph.outputs()[0]).name, "y");
}

TEST(QuantizeStatic, PoolingAndReshapingKeepTheScale) {
  const auto small = quantize(small_net(), some_samples(), {});
  ASSERT_THAT(small, IsOk());
  const Graph& graph = small->graph;
  const auto scale_behind = [&](auto op) {
    for (const NodeId id : graph.nodes()) {
      if (!graph.node(id).op.is<decltype(op)>()) continue;
      const Node& q = graph.node(graph.value(graph.node(id).outputs[0]).users.at(0));
      EXPECT_TRUE(q.op.is<ops::QuantizeLinear>());
      return graph.constant(q.inputs[1])->span<float>()[0];
    }
    return 0.0F;
  };
  const float pooled = scale_behind(ops::MaxPool{});
  EXPECT_GT(pooled, 0);
  EXPECT_EQ(pooled, scale_behind(ops::Flatten{}));
}

TEST(QuantizeStatic, SaysWhatEveryLayerCosts) {
  const auto small = quantize(small_net(), some_samples(), {});
  ASSERT_THAT(small, IsOk());
  ASSERT_EQ(small->layers.size(), 4U);
  EXPECT_TRUE(std::ranges::is_sorted(small->layers, std::ranges::greater(), &LayerError::error));
  for (const LayerError& layer : small->layers) {
    EXPECT_GT(layer.error, 0) << layer.node;
    EXPECT_LT(layer.error, 0.02) << layer.node;
    EXPECT_FALSE(layer.kept);
  }
}

TEST(QuantizeStatic, OneScalePerWeightIsWorse) {
  Graph net = small_net();
  // A channel a hundred times the others.
  Tensor w = *net.constant(net.find("w2"))->clone();
  for (std::int64_t i = 0; i < 72; ++i) w.mutable_data<float>()[i] *= 100;
  net.replace_constant(net.find("w2"), w);
  const auto fine = quantize(net, some_samples(), {});
  const auto coarse = quantize(net, some_samples(), {.per_channel = false});
  ASSERT_THAT(fine, IsOk());
  ASSERT_THAT(coarse, IsOk());
  EXPECT_LT(1.2 * relative_error(net, fine->graph), relative_error(net, coarse->graph));
}

TEST(QuantizeStatic, EveryCalibrationIsNear) {
  const Graph net = small_net();
  for (const Calibration calibration : {Calibration::kPercentile, Calibration::kEntropy}) {
    const auto small = quantize(net, some_samples(), {.calibration = calibration});
    ASSERT_THAT(small, IsOk());
    EXPECT_LT(relative_error(net, small->graph), 0.1);
  }
}

TEST(Quantize, KeepsLayersByName) {
  const Graph net = small_net();
  std::vector<std::string> names;
  for (const NodeId id : net.nodes()) {
    if (net.node(id).op.is<ops::Gemm>()) names.push_back(net.node(id).name);
  }
  ASSERT_EQ(names.size(), 1U);
  const auto small = quantize(net, some_samples(), {.keep = names[0]});
  ASSERT_THAT(small, IsOk());
  EXPECT_TRUE(has_constant(small->graph, DType::kF32, {16, 128}));
  EXPECT_TRUE(has_constant(small->graph, DType::kI8, {16, 5}));
  EXPECT_EQ(small->layers.size(), 3U);
}

TEST(Quantize, KeepsLayersAboveAnError) {
  const Graph net = small_net();
  const auto all = quantize(net, some_samples(), {});
  ASSERT_THAT(all, IsOk());
  const double limit = (all->layers[0].error + all->layers[1].error) / 2;
  const auto small = quantize(net, some_samples(), {.max_error = limit});
  ASSERT_THAT(small, IsOk());
  EXPECT_TRUE(small->layers[0].kept);
  EXPECT_EQ(std::ranges::count(small->layers, true, &LayerError::kept), 1);
  EXPECT_LE(relative_error(net, small->graph), 0.02);
}

TEST(QuantizeDynamic, ChangesProductsOnly) {
  const Graph net = small_net();
  const auto small = quantize(net, {}, {.scheme = QuantizeScheme::kDynamic});
  ASSERT_THAT(small, IsOk());
  EXPECT_EQ(count<ops::MatMulInteger>(small->graph), 2U);
  EXPECT_EQ(count<ops::Conv>(small->graph), 2U);
  EXPECT_TRUE(has_constant(small->graph, DType::kI8, {128, 16}));  // as MatMul has it
  EXPECT_TRUE(small->layers.empty());
  EXPECT_LT(relative_error(net, small->graph), 0.02);
}

TEST(QuantizeDynamic, ProductsOfOneValueShareItsBytes) {
  GraphBuilder b("net");
  const Value x = b.input("x", DType::kF32, {"N", 4});
  b.output("y", matmul(x, b.constant(random_values(DType::kF32, {4, 3}))));
  b.output("z", matmul(x, b.constant(random_values(DType::kF32, {4, 2}))));
  const auto small = quantize(*b.build(), {}, {.scheme = QuantizeScheme::kDynamic});
  ASSERT_THAT(small, IsOk());
  EXPECT_EQ(count<ops::DynamicQuantizeLinear>(small->graph), 1U);
}

TEST(QuantizeInt4, WeightsInBlocks) {
  const Graph net = small_net();
  const auto small =
      quantize(net, some_samples(), {.scheme = QuantizeScheme::kInt4, .block_size = 16});
  ASSERT_THAT(small, IsOk());
  EXPECT_TRUE(has_constant(small->graph, DType::kU8, {16, 8, 8}));
  EXPECT_TRUE(has_constant(small->graph, DType::kU8, {5, 1, 8}));
  EXPECT_LT(relative_error(net, small->graph), 0.15);
  EXPECT_EQ(small->layers.size(), 2U);
}

TEST(QuantizeHalf, StoresEveryLargeConstant) {
  GraphBuilder b("net");
  const Value table = b.constant(random_values(DType::kF32, {100, 8}), "table");
  const Value rows = b.input("rows", DType::kI64, {"N"});
  const Value w = b.constant(random_values(DType::kF32, {8, 8}), "w");
  b.output("y", matmul(gather(table, rows), w));
  const auto small = quantize(*b.build(), {}, {.scheme = QuantizeScheme::kF16});
  ASSERT_THAT(small, IsOk());
  EXPECT_TRUE(has_constant(small->graph, DType::kF16, {100, 8}));
  EXPECT_TRUE(has_constant(small->graph, DType::kF16, {8, 8}));
  EXPECT_FALSE(has_constant(small->graph, DType::kF32, {100, 8}));
}

TEST(Quantize, FilesReadBackGiveTheSame) {
  const Graph net = small_net();
  const tern::testing::TempDir folder;
  for (const QuantizeScheme scheme :
       {QuantizeScheme::kStatic, QuantizeScheme::kDynamic, QuantizeScheme::kInt4,
        QuantizeScheme::kF16, QuantizeScheme::kBF16}) {
    const auto small = quantize(net, some_samples(), {.scheme = scheme});
    ASSERT_THAT(small, IsOk());
    const std::string path = folder.file("net.onnx");
    ASSERT_THAT(save_model(small->graph, path), IsOk());
    const Result<Graph> read = load_model(path);
    ASSERT_THAT(read, IsOk());
    const Tensor x = some_samples()[0][0];
    EXPECT_TRUE(all_close(result_of(*read, x), result_of(small->graph, x)));
  }
}

TEST(Quantize, ALayerInputThatIsAnOutputStaysExact) {
  GraphBuilder b("net");
  const Value x = b.input("x", DType::kF32, {"N", 4});
  const Value h = relu(x);
  b.output("h", h);
  b.output("y", matmul(h, b.constant(random_values(DType::kF32, {4, 3}))));
  const Graph net = *b.build();
  const Tensor in = f32({1, 4}, {0.1, 0.7, -1, 3});
  const Samples samples{{in}};
  const auto small = quantize(net, samples, {});
  ASSERT_THAT(small, IsOk());
  EXPECT_TRUE(identical(result_of(small->graph, in), f32({1, 4}, {0.1, 0.7, 0, 3})));
}

TEST(Quantize, RefusesWhatCannotBe) {
  const Graph net = small_net();
  const auto refuses = [&](const Samples& samples, const QuantizeOptions& options,
                           std::string_view text) {
    EXPECT_THAT(quantize(net, samples, options),
                FailsWith(StatusCode::kInvalidArgument, std::string(text)));
  };
  refuses({}, {}, "samples");
  refuses({}, {.scheme = QuantizeScheme::kInt4, .max_error = 0.1}, "samples");
  refuses(some_samples(), {.percentile = 50}, "percentile is 50");
  refuses(some_samples(), {.block_size = 24}, "block_size is 24");
  refuses(some_samples(), {.max_error = -1}, "max_error is -1");
  refuses({{f32({1}, {1})}}, {}, "sample 0");
  refuses({{}}, {}, "sample 0");
}

TEST(Quantize, RefusesAModelWithoutLayers) {
  GraphBuilder b("net");
  b.output("y", relu(b.input("x", DType::kF32, {2})));
  EXPECT_THAT(quantize(*b.build(), {}, {.scheme = QuantizeScheme::kDynamic}),
              FailsWith(StatusCode::kFailedPrecondition, "no layer"));
}

TEST(Quantize, NamesTheLayerWithABrokenWeight) {
  GraphBuilder b("net");
  const Value x = b.input("x", DType::kF32, {"N", 1});
  b.output("y", matmul(x, b.constant(f32({1, 1}, {NAN}))));
  const Graph net = *b.build();
  const std::string name = net.node(net.nodes()[0]).name;
  EXPECT_THAT(quantize(net, {}, {.scheme = QuantizeScheme::kDynamic}),
              FailsWith(StatusCode::kInvalidArgument, name));
}

}  // namespace
}  // namespace tern

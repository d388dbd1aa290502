#include "export/export_onnx.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "base/file.h"
#include "import/onnx/import_onnx.h"
#include "ops/evaluate.h"
#include "ops/ml/maps.h"
#include "tern/functions.h"
#include "tests/import/onnx/model_maker.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::onnx {
namespace {

using tern::testing::describe;
using tern::testing::FailsWith;
using tern::testing::find_node;
using tern::testing::IsOk;
using tern::testing::operators;
using tern::testing::TempDir;

Tensor ramp(const Shape& shape) {
  Tensor t = *Tensor::zeros(DType::kF32, shape);
  float value = -1;
  for (float& element : t.mutable_span<float>()) element = value += 0.25f;
  return t;
}

/// Conv, Relu, Reshape, matrix product, Softmax over a named batch, with a weight to train.
Graph small_network() {
  GraphBuilder b("net");
  const Value x = b.input("x", DType::kF32, {"batch", 1, 4, 4});
  const Value kernel = b.constant(ramp({2, 1, 3, 3}), "kernel");
  const Value h = relu(conv(x, kernel, {}, {.pads = {1, 1, 1, 1}}));
  const Value flat = reshape(h, {0, -1});
  const Value w = b.variable("w", ramp({32, 3}));
  b.output("y", softmax(matmul(flat, w)));
  return std::move(*b.build());
}

onnx_pb::ModelProto read_proto(const std::string& path) {
  onnx_pb::ModelProto model;
  const Result<std::string> bytes = read_file(path);
  EXPECT_THAT(bytes, IsOk());
  EXPECT_TRUE(bytes.ok() && model.ParseFromString(*bytes));
  return model;
}

class ExportOnnx : public ::testing::Test {
 protected:
  /// Writes and reads back.
  Graph round_trip(const Graph& graph, const ExportOptions& options = {}) {
    EXPECT_THAT(export_onnx(graph, path_, options), IsOk());
    Result<Graph> back = import_onnx(path_);
    if (!back.ok()) throw std::runtime_error(back.status().to_string());
    return std::move(*back);
  }
  std::int64_t opset() { return read_proto(path_).opset_import(0).version(); }

  const TempDir dir_;
  const std::string path_ = dir_.file("net.onnx");
};

TEST_F(ExportOnnx, RoundTripKeepsNamesTypesAndNumbers) {
  const Graph graph = small_network();
  const Graph back = round_trip(graph);
  EXPECT_EQ(operators(back), operators(graph));
  EXPECT_EQ(back.name, "net");
  EXPECT_EQ(describe(back, "x"), "f32[batch,1,4,4]");
  EXPECT_EQ(describe(back, "y"), describe(graph, "y"));
  EXPECT_TRUE(identical(*back.constant(back.find("kernel")), ramp({2, 1, 3, 3})));
  EXPECT_TRUE(identical(*back.constant(back.find("w")), ramp({32, 3})));
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    EXPECT_EQ(back.node(back.nodes()[i]).op, graph.node(graph.nodes()[i]).op);
    EXPECT_EQ(back.node(back.nodes()[i]).name, graph.node(graph.nodes()[i]).name);
  }
  const Tensor x[] = {ramp({2, 1, 4, 4})};
  const auto before = evaluate(graph, x);
  const auto after = evaluate(back, x);
  ASSERT_THAT(before, IsOk());
  ASSERT_THAT(after, IsOk());
  EXPECT_TRUE(identical((*before)[0], (*after)[0]));
}

TEST_F(ExportOnnx, KeepsTheTypesOfContainers) {
  GraphBuilder b("containers");
  const TypeInfo rows(DType::kF32, {Dim(b.graph().symbol("N")), 2});
  b.output("s", b.input("in_s", TypeInfo::container(DType::kSequence, rows)));
  b.output("o", b.input("in_o", TypeInfo::container(DType::kOptional, rows)));
  b.output("m", b.input("in_m", TypeInfo::container(DType::kSequence,
                                                    ops::map_type(DType::kString, DType::kF64))));
  const Graph back = round_trip(std::move(*b.build()));
  const auto type_of = [&](std::string_view name) { return back.value(back.find(name)).type; };
  EXPECT_EQ(type_of("in_s").dtype, DType::kSequence);
  EXPECT_EQ(describe(back, *type_of("in_s").element), "f32[N,2]");
  EXPECT_EQ(type_of("in_o").dtype, DType::kOptional);
  EXPECT_EQ(describe(back, *type_of("in_o").element), "f32[N,2]");
  const TypeInfo map = *type_of("in_m").element;
  EXPECT_EQ(map.dtype, DType::kMap);
  EXPECT_EQ(ops::key_type(map), DType::kString);
  EXPECT_EQ(ops::value_type(map), DType::kF64);
}

TEST_F(ExportOnnx, WritesTheOldestSufficientOpset) {
  round_trip(small_network());
  const onnx_pb::ModelProto model = read_proto(path_);
  EXPECT_EQ(model.opset_import_size(), 1);
  EXPECT_EQ(model.opset_import(0).domain(), "");
  EXPECT_EQ(model.opset_import(0).version(), 17);
  EXPECT_EQ(model.ir_version(), 8);
  EXPECT_EQ(model.producer_name(), "tern");
}

TEST_F(ExportOnnx, ANewElementTypeNeedsANewOpset) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kI4, {4});
  b.output("y", reshape(x, {2, 2}));
  round_trip(*b.build());
  EXPECT_EQ(opset(), 21);
  EXPECT_EQ(read_proto(path_).ir_version(), 10);
}

TEST_F(ExportOnnx, VariablesBecomeInitializersWithTheirPresentValues) {
  const Tensor trained = *Tensor::zeros(DType::kF32, {32, 3});
  const Graph back = round_trip(small_network(), {.variable_values = {{"w", trained}}});
  EXPECT_TRUE(identical(*back.constant(back.find("w")), trained));
}

TEST_F(ExportOnnx, VariableValuesMustFit) {
  EXPECT_THAT(export_onnx(small_network(), path_, {.variable_values = {{"w", ramp({3})}}}),
              FailsWith(StatusCode::kInvalidArgument, "variable w is f32[32,3], its value f32[3]"));
  EXPECT_THAT(export_onnx(small_network(), path_, {.variable_values = {{"v", ramp({3})}}}),
              FailsWith(StatusCode::kInvalidArgument, "no variable v"));
}

TEST_F(ExportOnnx, OnlyWhatTheOutputsNeedIsWritten) {
  GraphBuilder b("train");
  const Value x = b.input("x", DType::kF32, {2});
  const Value w = b.variable("w", ramp({2}));
  const Value momentum = b.variable("momentum", ramp({2}));
  const Value y = x * w;
  b.output("y", y);
  b.output("loss", reduce_sum(y * y));
  b.update(w, w - momentum);
  const Graph graph = std::move(*b.build());
  const Graph back = round_trip(graph, {.outputs = {"y"}});
  EXPECT_EQ(operators(back), "Mul");
  EXPECT_EQ(back.find("momentum"), kNoValue);
  EXPECT_EQ(back.outputs().size(), 1u);
  EXPECT_THAT(export_onnx(graph, path_, {.outputs = {"z"}}),
              FailsWith(StatusCode::kInvalidArgument, "no value z"));
}

TEST_F(ExportOnnx, OneValueMayBeTwoOutputs) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {2});
  const Value y = relu(x);
  b.output("y", y);
  Graph graph = std::move(*b.build());
  graph.set_outputs({y.id(), y.id()});
  ASSERT_THAT(export_onnx(graph, path_), IsOk());
  const onnx_pb::ModelProto model = read_proto(path_);
  ASSERT_EQ(model.graph().output_size(), 2);
  EXPECT_NE(model.graph().output(0).name(), model.graph().output(1).name());
  EXPECT_EQ(model.graph().node(1).op_type(), "Identity");
}

TEST_F(ExportOnnx, NamesBecomeValidUtf8AndStayUnique) {
  GraphBuilder b("g\xff");
  const Value x = b.input("x\xff", DType::kF32, {2});
  const Value z = b.input("x_", DType::kF32, {2});
  b.output("na\xc3\xafve", x + z);
  ASSERT_THAT(export_onnx(*b.build(), path_), IsOk());
  const onnx_pb::ModelProto model = read_proto(path_);
  EXPECT_EQ(model.graph().name(), "g_");
  EXPECT_EQ(model.graph().input(0).name(), "x_");
  EXPECT_EQ(model.graph().input(1).name(), "x__1");
  EXPECT_EQ(model.graph().output(0).name(), "na\xc3\xafve");
  EXPECT_EQ(model.graph().node(0).input(1), "x__1");
}

TEST_F(ExportOnnx, MetadataIsKept) {
  Graph graph = small_network();
  graph.metadata["labels"] = "cat,dog";
  graph.metadata["onnx.doc_string"] = "what it is for";
  graph.metadata["onnx.producer_name"] = "someone else";
  const Graph back = round_trip(graph);
  EXPECT_EQ(back.metadata.at("labels"), "cat,dog");
  EXPECT_EQ(back.metadata.at("onnx.doc_string"), "what it is for");
  EXPECT_EQ(back.metadata.at("onnx.producer_name"), "tern");
}

TEST_F(ExportOnnx, ExternalDataLiesBesideTheModel) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {"N", 16});
  const Value w = b.constant(ramp({16, 64}), "w");
  const Value v = b.constant(ramp({64, 64}), "v");
  const Value bias = b.constant(ramp({64}), "bias");
  b.output("y", matmul(matmul(x, w) + bias, v));
  const Graph graph = std::move(*b.build());
  const Graph back = round_trip(graph, {.external_data = true});
  for (const char* name : {"w", "v", "bias"}) {
    EXPECT_TRUE(identical(*back.constant(back.find(name)), *graph.constant(graph.find(name))));
  }
  const onnx_pb::ModelProto model = read_proto(path_);
  int external = 0;
  for (const auto& tensor : model.graph().initializer()) {
    if (tensor.data_location() == onnx_pb::TensorProto::EXTERNAL) ++external;
  }
  EXPECT_EQ(external, 2);  // the bias is small
  EXPECT_LT(file_info(path_)->bytes, 1500u);
  EXPECT_EQ(file_info(dir_.file("net.onnx.data"))->bytes, 4096u + 64 * 64 * 4);
}

TEST_F(ExportOnnx, TernsOwnOperatorsAreListedWhenOnnxCannotSayThem) {
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {2, 3});
  const Value like = b.input("like", DType::kF32, {3});
  b.output("a", sum_to_like(x, like));
  b.output("b", sum_to_like(relu(x), like));
  EXPECT_THAT(export_onnx(*b.build(), path_),
              FailsWith(StatusCode::kUnimplemented, "net.onnx: 2 nodes cannot be written: "));
  EXPECT_FALSE(file_exists(path_));
}

TEST_F(ExportOnnx, OpsetsOutOfRangeAreRefused) {
  EXPECT_THAT(export_onnx(small_network(), path_, {.opset = 16}),
              FailsWith(StatusCode::kInvalidArgument, "opset 16 cannot be written, only 17 to"));
}

TEST_F(ExportOnnx, AFullDiskLeavesTheOldFileWhole) {
  const std::string old = "the old file";
  dir_.write("net.onnx", old);
  GraphBuilder b("g");
  const Value x = b.input("x", DType::kF32, {1000});
  b.output("y", x + b.constant(ramp({1000}), "w"));
  const Graph graph = std::move(*b.build());
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small { .rlim_cur = 1024, .rlim_max = before.rlim_max };
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status written = export_onnx(graph, path_);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(written.ok());
  EXPECT_NE(written.message().find("net.onnx"), std::string_view::npos) << written.to_string();
  EXPECT_EQ(*read_file(path_), old);
  EXPECT_EQ(list_directory(dir_.path())->size(), 1u);
}

}  // namespace
}  // namespace tern::onnx

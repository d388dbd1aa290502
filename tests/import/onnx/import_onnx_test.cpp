#include "import/onnx/import_onnx.h"

#include <gtest/gtest.h>

#include "tests/import/onnx/model_maker.h"
#include "tests/support/status_matchers.h"

namespace tern::onnx {
namespace {

using tern::testing::describe;
using tern::testing::FailsWith;
using tern::testing::IsOk;
using tern::testing::ModelMaker;
using tern::testing::operators;

TEST(ImportOnnx, ReadsInputsInitializersNodesAndOutputs) {
  ModelMaker m;
  m.input("x", DType::kF32, {"N", 3});
  m.initializer<float>("w", {3, 2}, {1, 2, 3, 4, 5, 6});
  m.initializer<float>("b", {2}, {7, 8});
  m.node("MatMul", {"x", "w"}, {"xw"}).name("fc");
  m.node("Add", {"xw", "b"}, {"sum"});
  m.node("Relu", {"sum"}, {"y"});
  m.output("y");
  const Result<Graph> graph = m.import();
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(graph->name, "test");
  EXPECT_EQ(operators(*graph), "MatMul Add Relu");
  EXPECT_EQ(graph->node(graph->nodes()[0]).name, "fc");
  ASSERT_EQ(graph->inputs().size(), 1u);
  EXPECT_EQ(describe(*graph, "x"), "f32[N,3]");
  EXPECT_EQ(describe(*graph, "y"), "f32[N,2]");
  ASSERT_EQ(graph->outputs().size(), 1u);
  EXPECT_EQ(graph->value(graph->outputs()[0]).name, "y");
  const Tensor* w = graph->constant(graph->find("w"));
  ASSERT_NE(w, nullptr);
  EXPECT_EQ(w->to_string(), "f32[3,2] {1, 2, 3, 4, 5, 6}");
}

TEST(ImportOnnx, PutsNodesIntoExecutionOrder) {
  ModelMaker m;
  m.input("x", DType::kF32, {2});
  m.node("Relu", {"b"}, {"y"});
  m.node("Add", {"a", "x"}, {"b"});
  m.node("Relu", {"x"}, {"a"});
  m.output("y");
  const Result<Graph> graph = m.import();
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(operators(*graph), "Relu Add Relu");
}

TEST(ImportOnnx, ListsAllUnsupportedOperatorsWithTheirNodes) {
  ModelMaker m;
  m.import_domain("acme", 3);
  m.input("x", DType::kF32, {2});
  m.node("NoSuchOp", {"x"}, {"a"}).name("first");
  m.node("NoSuchOp", {"a"}, {"b"}).name("second");
  m.node("Rocket", {"b"}, {"y"}).domain("acme");
  m.output("y");
  EXPECT_THAT(m.import(),
              FailsWith(StatusCode::kUnimplemented,
                        "2 unsupported operators: NoSuchOp (ai.onnx 17): node first, node second; "
                        "Rocket (acme 3): the node that makes y"));
}

/// y = x + c, with c the output of a Constant node that `fill` completes.
template <class Fill>
Result<Graph> import_constant(Fill fill) {
  ModelMaker m;
  m.input("x", DType::kF32, {2});
  auto node = m.node("Constant", {}, {"c"});
  fill(node);
  m.node("Relu", {"x"}, {"y"});
  m.output("y");
  m.output("c");
  return m.import();
}

std::string constant_text(const Result<Graph>& graph) {
  if (!graph.ok()) return graph.status().to_string();
  const Tensor* tensor = graph->constant(graph->find("c"));
  return tensor != nullptr ? tensor->to_string() : "no constant";
}

TEST(ImportOnnx, EveryFormOfConstant) {
  using onnx_pb::AttributeProto;
  EXPECT_EQ(constant_text(import_constant([](auto& n) { n.number("value_float", 1.5f); })),
            "f32[] {1.5}");
  EXPECT_EQ(constant_text(import_constant([](auto& n) {
              n.floats("value_floats", {1, 2});
            })),
            "f32[2] {1, 2}");
  EXPECT_EQ(constant_text(import_constant([](auto& n) { n.integer("value_int", -3); })),
            "i64[] {-3}");
  EXPECT_EQ(constant_text(import_constant([](auto& n) {
              n.ints("value_ints", {4, 5});
            })),
            "i64[2] {4, 5}");
  EXPECT_EQ(constant_text(import_constant([](auto& n) { n.text("value_string", "s"); })),
            "string[] {\"s\"}");
  EXPECT_EQ(constant_text(import_constant([](auto& n) {
              n.attribute("value_strings", AttributeProto::STRINGS).add_strings("t");
            })),
            "string[1] {\"t\"}");
  EXPECT_EQ(constant_text(import_constant([](auto& n) {
              auto& attribute = n.attribute("value", AttributeProto::TENSOR);
              tern::testing::fill(*attribute.mutable_t(), {1}, std::vector<float>{6});
            })),
            "f32[1] {6}");
  EXPECT_EQ(
      constant_text(import_constant([](auto& n) {
        auto& sparse =
            *n.attribute("sparse_value", AttributeProto::SPARSE_TENSOR).mutable_sparse_tensor();
        tern::testing::fill(*sparse.mutable_values(), {1}, std::vector<float>{7});
        tern::testing::fill(*sparse.mutable_indices(), {1}, std::vector<std::int64_t>{1});
        sparse.add_dims(3);
      })),
      "f32[3] {0, 7, 0}");
}

TEST(ImportOnnx, ConstantsThatSayNothingOrTooMuch) {
  EXPECT_THAT(import_constant([](auto&) {}),
              FailsWith(StatusCode::kInvalidArgument, "Constant has 0 attributes, not 1"));
  EXPECT_THAT(import_constant([](auto& n) { n.integer("value_int", 1).number("value_float", 1); }),
              FailsWith(StatusCode::kInvalidArgument, "Constant has 2 attributes"));
  EXPECT_THAT(import_constant([](auto& n) { n.integer("value_float", 1); }),
              FailsWith(StatusCode::kInvalidArgument, "'value_float': is of another kind"));
}

ModelMaker overridable() {
  ModelMaker m;
  m.input("x", DType::kF32, {2});
  m.input("w", DType::kF32, {2});
  m.initializer<float>("w", {2}, {1, 2});
  m.node("Mul", {"x", "w"}, {"y"});
  m.output("y");
  return m;
}

TEST(ImportOnnx, InitializersThatAreInputsAreConstants) {
  const Graph graph = overridable().import_ok();
  EXPECT_EQ(graph.inputs().size(), 1u);
  EXPECT_NE(graph.constant(graph.find("w")), nullptr);
}

TEST(ImportOnnx, InitializersThatAreInputsCanStayReplaceable) {
  const Result<Graph> graph = overridable().import({.keep_overridable_inputs = true});
  ASSERT_THAT(graph, IsOk());
  const ValueData& w = graph->value(graph->find("w"));
  EXPECT_EQ(w.kind, ValueKind::kVariable);
  EXPECT_FALSE(w.trainable);
  EXPECT_EQ(w.tensor.to_string(), "f32[2] {1, 2}");
}

TEST(ImportOnnx, DeclaredTypesCountWhereInferenceKnowsNothing) {
  ModelMaker m;
  m.input("x", DType::kF32, {2, 3});
  m.input("shape", DType::kI64, {"rank"});
  m.node("Reshape", {"x", "shape"}, {"r"});
  m.node("Relu", {"r"}, {"y"});
  m.output("y");
  EXPECT_EQ(describe(m.import_ok(), "y"), "f32?");
  tern::testing::declare(*m.graph().add_value_info(), "r", DType::kF32, {"rows", 2});
  EXPECT_EQ(describe(m.import_ok(), "y"), "f32[rows,2]");
}

TEST(ImportOnnx, InferenceIsBelievedMoreThanDeclarations) {
  ModelMaker m;
  m.input("x", DType::kF32, {"N", 3});
  m.node("Relu", {"x"}, {"y"});
  m.output("y");
  tern::testing::declare(*m.graph().mutable_output(0), "y", DType::kF32, {1, 3});
  EXPECT_EQ(describe(m.import_ok(), "y"), "f32[N,3]");
}

TEST(ImportOnnx, NegativeSizesAreUnknown) {
  ModelMaker m;
  m.input("x", DType::kF32, {-1, 3});
  m.node("Relu", {"x"}, {"y"});
  m.output("y");
  EXPECT_EQ(describe(m.import_ok(), "y"), "f32[?,3]");
}

TEST(ImportOnnx, NotesOfTheModelAreKept) {
  ModelMaker m;
  m.input("x", DType::kF32, {1});
  m.node("Relu", {"x"}, {"y"});
  m.output("y");
  m.proto().set_producer_name("someone");
  m.proto().set_producer_version("2.0");
  m.proto().set_model_version(7);
  m.proto().set_doc_string("about");
  auto& property = *m.proto().add_metadata_props();
  property.set_key("labels");
  property.set_value("a,b");
  const Graph graph = m.import_ok();
  EXPECT_EQ(graph.metadata.at("labels"), "a,b");
  EXPECT_EQ(graph.metadata.at("onnx.producer_name"), "someone");
  EXPECT_EQ(graph.metadata.at("onnx.producer_version"), "2.0");
  EXPECT_EQ(graph.metadata.at("onnx.model_version"), "7");
  EXPECT_EQ(graph.metadata.at("onnx.doc_string"), "about");
}

TEST(ImportOnnx, InputsMayBeOutputs) {
  ModelMaker m;
  m.input("x", DType::kF32, {1});
  m.initializer<float>("w", {1}, {1});
  m.output("x");
  m.output("w");
  const Graph graph = m.import_ok();
  EXPECT_EQ(graph.outputs()[0], graph.find("x"));
  EXPECT_EQ(graph.outputs()[1], graph.find("w"));
}

}  // namespace
}  // namespace tern::onnx

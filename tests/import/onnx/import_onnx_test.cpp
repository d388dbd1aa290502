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

}  // namespace
}  // namespace tern::onnx

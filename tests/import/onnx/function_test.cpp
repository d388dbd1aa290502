// Functions that a model brings along are inlined.
#include <gtest/gtest.h>

#include "tern/functions.h"
#include "tests/import/onnx/model_maker.h"
#include "tests/support/status_matchers.h"

namespace tern::onnx {
namespace {

using onnx_pb::AttributeProto;
using tern::testing::add_node;
using tern::testing::describe;
using tern::testing::FailsWith;
using tern::testing::find_node;
using tern::testing::IsOk;
using tern::testing::ModelMaker;
using tern::testing::operators;

/// A model of opset 17 with input x f32[2,3,4] and a function F of domain "local" to fill in.
class FunctionModel {
 public:
  FunctionModel() {
    maker_.import_domain("local", 1);
    maker_.input("x", DType::kF32, {2, 3, 4});
  }

  onnx_pb::FunctionProto& function(std::string_view name, std::vector<std::string> inputs,
                                   std::vector<std::string> outputs, std::int64_t opset = 17) {
    onnx_pb::FunctionProto& f = *maker_.proto().add_functions();
    f.set_name(std::string(name));
    f.set_domain("local");
    for (std::string& input : inputs) f.add_input(std::move(input));
    for (std::string& output : outputs) f.add_output(std::move(output));
    onnx_pb::OperatorSetIdProto& imported = *f.add_opset_import();
    imported.set_domain("");
    imported.set_version(opset);
    return f;
  }
  ModelMaker& maker() { return maker_; }

 private:
  ModelMaker maker_;
};

TEST(Functions, AreInlinedWithNamesOfTheirOwn) {
  FunctionModel m;
  auto& f = m.function("F", {"a"}, {"b"});
  add_node(*f.mutable_node(), "Relu", {"a"}, {"x"});  // x means another value in here
  add_node(*f.mutable_node(), "Add", {"x", "a"}, {"b"});
  m.maker().node("F", {"x"}, {"t"}).domain("local").name("one");
  m.maker().node("F", {"t"}, {"y"}).domain("local").name("two");
  m.maker().output("y");
  const Graph graph = m.maker().import_ok();
  EXPECT_EQ(operators(graph), "Relu Add Relu Add");
  EXPECT_NE(graph.find("one/x"), kNoValue);
  EXPECT_NE(graph.find("two/x"), kNoValue);
  EXPECT_EQ(graph.value(graph.outputs()[0]).name, "y");
  EXPECT_EQ(graph.node(graph.nodes()[2]).inputs[0], graph.find("t"));
}

TEST(Functions, AttributesComeFromTheCallOrTheDefault) {
  FunctionModel m;
  auto& f = m.function("F", {"a"}, {"b", "c", "d"});
  f.add_attribute("along");
  AttributeProto& fallback = *f.add_attribute_proto();
  fallback.set_name("other");
  fallback.set_type(AttributeProto::INT);
  fallback.set_i(1);
  const auto softmax = [&](const char* to, const char* reference) {
    add_node(*f.mutable_node(), "Softmax", {"a"}, {to})
        .attribute("axis", AttributeProto::INT)
        .set_ref_attr_name(reference);
  };
  softmax("b", "along");
  softmax("c", "other");
  softmax("d", "missing");
  m.maker().node("F", {"x"}, {"p", "q", "r"}).domain("local").integer("along", 0);
  for (const char* output : {"p", "q", "r"}) m.maker().output(output);
  const Graph graph = m.maker().import_ok();
  const auto axis = [&](const char* value) {
    return graph.node(graph.value(graph.find(value)).producer).op.as<ops::Softmax>()->axis;
  };
  EXPECT_EQ(axis("p"), 0);
  EXPECT_EQ(axis("q"), 1);
  EXPECT_EQ(axis("r"), -1);  // left out by the caller: the operator's own default
}

TEST(Functions, ReferencesReachThroughNestedCalls) {
  FunctionModel m;
  auto& inner = m.function("Inner", {"a"}, {"b"});
  inner.add_attribute("axis");
  add_node(*inner.mutable_node(), "Softmax", {"a"}, {"b"})
      .attribute("axis", AttributeProto::INT)
      .set_ref_attr_name("axis");
  auto& outer = m.function("Outer", {"a"}, {"b"});
  outer.add_attribute("along");
  add_node(*outer.mutable_node(), "Inner", {"a"}, {"b"})
      .domain("local")
      .attribute("axis", AttributeProto::INT)
      .set_ref_attr_name("along");
  m.maker().node("Outer", {"x"}, {"y"}).domain("local").integer("along", 1);
  m.maker().output("y");
  const Graph graph = m.maker().import_ok();
  EXPECT_EQ(find_node(graph, "Softmax").op.as<ops::Softmax>()->axis, 1);
}

TEST(Functions, HaveOpsetsOfTheirOwn) {
  FunctionModel m;
  auto& f = m.function("F", {"a"}, {"b"}, 11);
  add_node(*f.mutable_node(), "Unsqueeze", {"a"}, {"b"}).ints("axes", {0});
  m.maker().node("F", {"x"}, {"y"}).domain("local");
  m.maker().output("y");
  const Graph graph = m.maker().import_ok();
  EXPECT_EQ(describe(graph, "y"), "f32[1,2,3,4]");
}

TEST(Functions, StandInForOperatorsThatTernLacks) {
  FunctionModel m;
  auto& f = m.function("FusedThing", {"a", "optional"}, {"b"});
  f.set_domain("vendor");
  add_node(*f.mutable_node(), "Relu", {"a"}, {"b"});
  m.maker().import_domain("vendor", 1);
  m.maker().node("FusedThing", {"x"}, {"y"}).domain("vendor");
  m.maker().output("y");
  EXPECT_EQ(operators(m.maker().import_ok()), "Relu");
}

TEST(Functions, UnsupportedOperatorsInsideAreListed) {
  FunctionModel m;
  auto& f = m.function("F", {"a"}, {"b"}, 13);
  add_node(*f.mutable_node(), "NoSuchOp", {"a"}, {"b"}).name("inner");
  m.maker().node("F", {"x"}, {"y"}).domain("local");
  m.maker().output("y");
  EXPECT_THAT(m.maker().import(), FailsWith(StatusCode::kUnimplemented,
                                            "1 unsupported operator: NoSuchOp (ai.onnx 13): node "
                                            "inner"));
}

TEST(Functions, SeeOnlyTheirInputs) {
  FunctionModel m;
  auto& f = m.function("F", {"a"}, {"b"});
  add_node(*f.mutable_node(), "Add", {"a", "x"}, {"b"});
  m.maker().node("F", {"x"}, {"y"}).domain("local").name("call");
  m.maker().output("y");
  EXPECT_THAT(m.maker().import(), FailsWith(StatusCode::kInvalidArgument,
                                            "node call (F): the node that makes b (Add): "
                                            "x is no input"));
}

TEST(Functions, CallsMustFit) {
  FunctionModel m;
  auto& f = m.function("F", {"a"}, {"b"});
  add_node(*f.mutable_node(), "Relu", {"a"}, {"b"});
  m.maker().node("F", {"x", "x"}, {"y"}).domain("local");
  m.maker().output("y");
  EXPECT_THAT(m.maker().import(),
              FailsWith(StatusCode::kInvalidArgument, "function F has 1 inputs and 1 outputs"));
}

}  // namespace
}  // namespace tern::onnx

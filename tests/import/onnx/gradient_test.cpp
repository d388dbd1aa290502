#include <gmock/gmock.h>

#include "ops/evaluate.h"
#include "tests/import/onnx/model_maker.h"
#include "tests/support/status_matchers.h"

namespace tern::testing {
namespace {

void strings(NodeMaker& node, std::string_view name, const std::vector<std::string>& values) {
  onnx_pb::AttributeProto& attribute = node.attribute(name, onnx_pb::AttributeProto::STRINGS);
  for (const std::string& value : values) attribute.add_strings(value);
}

NodeMaker gradient(ModelMaker& m, std::vector<std::string> inputs, std::vector<std::string> outputs,
                   const std::vector<std::string>& xs, const std::vector<std::string>& zs,
                   std::string_view y) {
  NodeMaker node = m.node("Gradient", std::move(inputs), std::move(outputs));
  node.domain("ai.onnx.preview.training");
  strings(node, "xs", xs);
  if (!zs.empty()) strings(node, "zs", zs);
  node.text("y", y);
  return node;
}

ModelMaker maker() {
  ModelMaker m(17);
  m.import_domain("ai.onnx.preview.training", 1);
  return m;
}

std::vector<float> run(const ModelMaker& m, const std::vector<float>& inputs) {
  const Result<Graph> graph = m.import();
  EXPECT_THAT(graph, IsOk());
  if (!graph.ok()) return {};
  std::vector<Tensor> tensors;
  for (const float value : inputs) tensors.push_back(Tensor::scalar(value));
  const auto results = evaluate(*graph, tensors);
  EXPECT_THAT(results, IsOk());
  std::vector<float> values;
  if (!results.ok()) return values;
  for (const Tensor& result : *results) {
    for (const float value : result.span<float>()) values.push_back(value);
  }
  return values;
}

// c = a + b, d = c * a: dd/da = 2 a + b, dd/db = a.
TEST(Gradient, OfAddAndMul) {
  ModelMaker m = maker();
  for (const char* name : {"a", "b"}) m.input(name, DType::kF32, {});
  m.node("Add", {"a", "b"}, {"c"});
  m.node("Mul", {"c", "a"}, {"d"});
  gradient(m, {"a", "b"}, {"dd_da", "dd_db"}, {"a", "b"}, {}, "d");
  for (const char* name : {"d", "dd_da", "dd_db"}) m.output(name);
  EXPECT_EQ(run(m, {3, 5}), (std::vector<float>{24, 11, 3}));
}

// With c as a value of its own, d = c * a: dd/dc = a, dd/da = c.
TEST(Gradient, IsPartialInValuesThatFollowFromEachOther) {
  ModelMaker m = maker();
  for (const char* name : {"a", "b"}) m.input(name, DType::kF32, {});
  m.node("Add", {"a", "b"}, {"c"});
  m.node("Mul", {"c", "a"}, {"d"});
  gradient(m, {"c", "a"}, {"dc", "da"}, {"c", "a"}, {}, "d");
  for (const char* name : {"dc", "da"}) m.output(name);
  EXPECT_EQ(run(m, {3, 5}), (std::vector<float>{3, 8}));
}

// The same with c as given: only a is derived by.
TEST(Gradient, TakesGivenValuesAsConstants) {
  ModelMaker m = maker();
  for (const char* name : {"a", "b"}) m.input(name, DType::kF32, {});
  m.node("Add", {"a", "b"}, {"c"});
  m.node("Mul", {"c", "a"}, {"d"});
  gradient(m, {"a", "c"}, {"da"}, {"a"}, {"c"}, "d");
  m.output("da");
  EXPECT_EQ(run(m, {3, 5}), (std::vector<float>{8}));
}

// d(x^2)/dx at another value than x.
TEST(Gradient, IsTakenWhereItsInputsSay) {
  ModelMaker m = maker();
  for (const char* name : {"x", "elsewhere"}) m.input(name, DType::kF32, {});
  m.node("Mul", {"x", "x"}, {"y"});
  gradient(m, {"elsewhere"}, {"dx"}, {"x"}, {}, "y");
  for (const char* name : {"y", "dx"}) m.output(name);
  EXPECT_EQ(run(m, {3, 5}), (std::vector<float>{9, 10}));
}

// y = x^3 by two products; d2y/dx2 = 6 x. The nodes stand in the wrong order, too.
TEST(Gradient, OfAGradient) {
  ModelMaker m = maker();
  m.input("x", DType::kF32, {});
  gradient(m, {"x"}, {"second"}, {"x"}, {}, "first");
  gradient(m, {"x"}, {"first"}, {"x"}, {}, "y");
  m.node("Mul", {"x", "x"}, {"square"});
  m.node("Mul", {"square", "x"}, {"y"});
  for (const char* name : {"first", "second"}) m.output(name);
  EXPECT_EQ(run(m, {2}), (std::vector<float>{12, 12}));
  EXPECT_EQ(run(m, {3}), (std::vector<float>{27, 18}));
}

// Of y = x * [1, 2, 4] the sum is derived: 7. z is in none of it: 0.
TEST(Gradient, OfSeveralElementsIsThatOfTheirSum) {
  ModelMaker m = maker();
  for (const char* name : {"x", "z"}) m.input(name, DType::kF32, {});
  m.initializer<float>("w", {3}, {1, 2, 4});
  m.node("Mul", {"x", "w"}, {"y"});
  gradient(m, {"x", "z"}, {"dx", "dz"}, {"x", "z"}, {}, "y");
  for (const char* name : {"dx", "dz"}) m.output(name);
  EXPECT_EQ(run(m, {3, 5}), (std::vector<float>{7, 0}));
}

TEST(Gradient, RefusesWhatItCannotMean) {
  const auto failure = [](const std::vector<std::string>& xs, std::string_view y,
                          std::string_view op) {
    ModelMaker m = maker();
    m.input("x", DType::kF32, {2});
    m.node(op, {"x"}, {"y"});
    gradient(m, {"x"}, {"dx"}, xs, {}, y);
    m.output("dx");
    return m.import().status();
  };
  EXPECT_THAT(failure({"x"}, "y", "Exp"), IsOk());
  EXPECT_THAT(failure({"x"}, "w", "Exp"), FailsWith(StatusCode::kInvalidArgument, "w is no input"));
  EXPECT_THAT(failure({}, "y", "Exp"),
              FailsWith(StatusCode::kInvalidArgument, "'xs' names nothing"));
  EXPECT_THAT(failure({"x", "x"}, "y", "Exp"),
              FailsWith(StatusCode::kInvalidArgument, "it has 1 inputs and 1 outputs"));
  EXPECT_THAT(failure({"x"}, "dx", "Exp"), FailsWith(StatusCode::kInvalidArgument, "cycle"));
  EXPECT_THAT(failure({"x"}, "y", "NonZero"), FailsWith(StatusCode::kInvalidArgument, "floating"));
}

// y = x * branch, where the branches of an If take z = f(x) from around them.
TEST(Gradient, RefusesAWayThroughBodiesButNotBesideThem) {
  const auto made = [](const char* captured) {
    ModelMaker m = maker();
    m.input("x", DType::kF32, {});
    m.input("c", DType::kBool, {});
    m.initializer<float>("two", {}, {2});
    m.node("Exp", {"x"}, {"z"});
    NodeMaker choice = m.node("If", {"c"}, {"branch"});
    for (const char* name : {"then_branch", "else_branch"}) {
      onnx_pb::GraphProto& body =
          *choice.attribute(name, onnx_pb::AttributeProto::GRAPH).mutable_g();
      add_node(*body.mutable_node(), "Neg", {captured}, {std::string("n_") + name});
      body.add_output()->set_name(std::string("n_") + name);
    }
    m.node("Mul", {"x", "branch"}, {"y"});
    gradient(m, {"x"}, {"dx"}, {"x"}, {}, "y");
    m.output("dx");
    return m;
  };
  EXPECT_THAT(made("z").import(), FailsWith(StatusCode::kUnimplemented, "the gradient through If"));
  const Result<Graph> beside = made("two").import();
  ASSERT_THAT(beside, IsOk());
  const auto dx = evaluate(*beside, std::vector{Tensor::scalar(3.0F), Tensor::scalar(true)});
  ASSERT_THAT(dx, IsOk());
  EXPECT_EQ((*dx)[0].data<float>()[0], -2) << "the branch itself";
}

TEST(Gradient, OfGradientsOfGradientsEndsAtALimit) {
  ModelMaker m = maker();
  m.input("x", DType::kF32, {});
  std::string y = "x";
  for (int i = 0; i < 8; ++i) {
    m.node("Tanh", {y}, {"t" + std::to_string(i)});
    y = "t" + std::to_string(i);
  }
  for (int i = 0; i < 24; ++i) {
    gradient(m, {"x"}, {"d" + std::to_string(i)}, {"x"}, {}, y);
    y = "d" + std::to_string(i);
  }
  m.output(y);
  EXPECT_THAT(m.import(), FailsWith(StatusCode::kResourceExhausted, "gradients make more than"));
}

}  // namespace
}  // namespace tern::testing

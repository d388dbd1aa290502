#include <gtest/gtest.h>

#include <cmath>

#include "ops/evaluate.h"
#include "tests/import/onnx/model_maker.h"

namespace tern::testing {
namespace {

// One query 1 on the keys 0 and 3 with the values 10 and 20: scores 0 and 3.
ModelMaker model(std::string_view attribute, std::string_view op, float constant) {
  ModelMaker m(26);
  m.import_domain("ai.onnx.preview", 1);
  for (const char* name : {"Q", "K", "V"}) m.input(name, DType::kF32, {1, 1, "length", 1});
  m.initializer<float>("outside", {}, {constant});
  NodeMaker node = m.node("FlexAttention", {"Q", "K", "V"}, {"Y"});
  node.domain("ai.onnx.preview");
  onnx_pb::GraphProto& body =
      *node.attribute(attribute, onnx_pb::AttributeProto::GRAPH).mutable_g();
  body.add_input()->set_name("before");
  body.add_output()->set_name("after");
  add_node(*body.mutable_node(), op, {"before", "outside"}, {"after"});
  m.output("Y");
  return m;
}

double run(const ModelMaker& m) {
  const Result<Graph> graph = m.import();
  EXPECT_TRUE(graph.ok()) << graph.status().to_string();
  if (!graph.ok()) return NAN;
  const auto floats = [](std::vector<float> values) {
    const auto length = static_cast<std::int64_t>(values.size());
    return *Tensor::from<float>({1, 1, length, 1}, values);
  };
  const auto y = evaluate(*graph, std::vector{floats({1}), floats({0, 3}), floats({10, 20})});
  EXPECT_TRUE(y.ok()) << y.status().to_string();
  return y.ok() ? double{(*y)[0].data<float>()[0]} : NAN;
}

TEST(FlexAttention, BodiesStandAmongPlainOperators) {
  // Scores times a third: 0 and 1.
  EXPECT_NEAR(run(model("score_mod", "Mul", 1.0F / 3)),
              (10 + 20 * std::exp(1.0)) / (1 + std::exp(1.0)), 1e-4);
  // Weights times two: twice the result.
  EXPECT_NEAR(run(model("prob_mod", "Mul", 2)), 2 * (10 + 20 * std::exp(3.0)) / (1 + std::exp(3.0)),
              1e-4);
}

TEST(FlexAttention, RefusesBodiesThatDoNotFit) {
  ModelMaker m = model("score_mod", "Mul", 1);
  m.graph().mutable_node(0)->mutable_attribute(0)->mutable_g()->add_input()->set_name("more");
  const Result<Graph> two = m.import();
  ASSERT_FALSE(two.ok());
  EXPECT_NE(two.status().message().find("score_mod: it has 2 inputs and 1 outputs"),
            std::string::npos)
      << two.status().to_string();
  const Result<Graph> other = model("key_mod", "Mul", 1).import();
  ASSERT_FALSE(other.ok());
  EXPECT_NE(other.status().message().find("no attribute 'key_mod'"), std::string::npos)
      << other.status().to_string();
}

}  // namespace
}  // namespace tern::testing

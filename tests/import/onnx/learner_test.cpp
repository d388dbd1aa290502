// Pipelines of classical learners, as exporters of scikit-learn write them, and maps.
#include <gtest/gtest.h>

#include <cmath>

#include "import/onnx/value_proto.h"
#include "ops/evaluate.h"
#include "ops/ml/maps.h"
#include "tern/ops/ml.h"
#include "tests/import/onnx/model_maker.h"
#include "tests/support/status_matchers.h"

namespace tern::onnx {
namespace {

using onnx_pb::AttributeProto;
using tern::testing::describe;
using tern::testing::find_node;
using tern::testing::IsOk;
using tern::testing::ModelMaker;
using tern::testing::NodeMaker;

constexpr std::string_view kMl = "ai.onnx.ml";

void strings(NodeMaker& node, std::string_view name, const std::vector<std::string>& values) {
  AttributeProto& attribute = node.attribute(name, AttributeProto::STRINGS);
  for (const std::string& value : values) attribute.add_strings(value);
}

/// Scaler, LinearClassifier, Normalizer and ZipMap, with a Cast of the label.
ModelMaker pipeline() {
  ModelMaker m(17);
  m.import_domain(kMl, 1);
  m.input("float_input", DType::kF32, {"N", 2});
  m.node("Scaler", {"float_input"}, {"variable"})
      .domain(kMl)
      .floats("offset", {1, 2})
      .floats("scale", {0.5, 2});
  m.node("LinearClassifier", {"variable"}, {"label", "probability_tensor"})
      .domain(kMl)
      .floats("coefficients", {-1, -2, 1, 2})
      .floats("intercepts", {-0.5, 0.5})
      .ints("classlabels_ints", {0, 1})
      .integer("multi_class", 1)
      .text("post_transform", "LOGISTIC");
  m.node("Normalizer", {"probability_tensor"}, {"probabilities"}).domain(kMl).text("norm", "L1");
  m.node("Cast", {"label"}, {"output_label"}).integer("to", 7);
  m.node("ZipMap", {"probabilities"}, {"output_probability"})
      .domain(kMl)
      .ints("classlabels_int64s", {0, 1});
  m.output("output_label");
  m.output("output_probability");
  onnx_pb::TypeProto::Map& map = *m.graph()
                                      .mutable_output(1)
                                      ->mutable_type()
                                      ->mutable_sequence_type()
                                      ->mutable_elem_type()
                                      ->mutable_map_type();
  map.set_key_type(static_cast<int>(DType::kI64));
  map.mutable_value_type()->mutable_tensor_type()->set_elem_type(static_cast<int>(DType::kF32));
  return m;
}

TEST(Learner, PipelineHasItsTypes) {
  const Result<Graph> graph = pipeline().import();
  ASSERT_THAT(graph, IsOk());
  EXPECT_EQ(describe(*graph, "output_label"), "i64[N]");
  EXPECT_EQ(describe(*graph, "probabilities"), "f32[N,2]");
  const TypeInfo& maps = graph->value(graph->find("output_probability")).type;
  ASSERT_EQ(maps.dtype, DType::kSequence);
  ASSERT_NE(maps.element, nullptr);
  EXPECT_EQ(maps.element->dtype, DType::kMap);
  EXPECT_EQ(ops::key_type(*maps.element), DType::kI64);
  EXPECT_EQ(ops::value_type(*maps.element), DType::kF32);
}

// (3, 1) is scaled to (1, -2), the scores are 2.5 and -2.5.
TEST(Learner, PipelineGivesAMapOfProbabilities) {
  const Graph graph = pipeline().import_ok();
  const Tensor x[] = {*Tensor::from<float>({1, 2}, std::vector<float>{3, 1})};
  const auto results = evaluate(graph, x);
  ASSERT_THAT(results, IsOk());
  EXPECT_TRUE(identical((*results)[0], Tensor::vector<std::int64_t>({0})));
  ASSERT_EQ((*results)[1].items().size(), 1u);
  const Tensor& map = (*results)[1].items()[0];
  EXPECT_TRUE(identical(map.items()[0], Tensor::vector<std::int64_t>({0, 1})));
  EXPECT_NEAR(map.items()[1].data<float>()[0], 1 / (1 + std::exp(-2.5)), 1e-6);
  EXPECT_NEAR(map.items()[1].data<float>()[1], 1 / (1 + std::exp(2.5)), 1e-6);
}

TEST(Learner, LabelEncoderOfOpsetOneKnowsPlaces) {
  for (const bool texts : {true, false}) {
    ModelMaker m(17);
    m.import_domain(kMl, 1);
    m.input("x", texts ? DType::kString : DType::kI64, {3});
    NodeMaker node = m.node("LabelEncoder", {"x"}, {"y"});
    node.domain(kMl).text("default_string", "none").integer("default_int64", -5);
    strings(node, "classes_strings", {"a", "b"});
    m.output("y");
    const Graph graph = m.import_ok();
    const auto& op = *find_node(graph, "LabelEncoder").op.as<ops::LabelEncoder>();
    EXPECT_EQ(texts ? op.keys_strings : op.values_strings, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(texts ? op.values_int64s : op.keys_int64s, (std::vector<std::int64_t>{0, 1}));
    EXPECT_EQ(describe(graph, "y"), texts ? "i64[3]" : "string[3]");
  }
}

TEST(Learner, MapInputIsTyped) {
  ModelMaker m(17);
  m.import_domain(kMl, 1);
  onnx_pb::ValueInfoProto& input = *m.graph().add_input();
  input.set_name("x");
  onnx_pb::TypeProto::Map& map = *input.mutable_type()->mutable_map_type();
  map.set_key_type(static_cast<int>(DType::kString));
  map.mutable_value_type()->mutable_tensor_type()->set_elem_type(static_cast<int>(DType::kF64));
  NodeMaker node = m.node("DictVectorizer", {"x"}, {"y"});
  node.domain(kMl);
  strings(node, "string_vocabulary", {"a", "b"});
  m.output("y");
  EXPECT_EQ(describe(m.import_ok(), "y"), "f64[1,2]");
  map.set_key_type(99);
  const Result<Graph> bad = m.import();
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(bad.status().message().find("key_type is 99"), std::string::npos);
}

// MapProto: keys = 3, values = 5, a SequenceProto whose tensor_values = 3 are scalars.
TEST(Learner, ValuesOfAMapAreOneTensor) {
  std::string sequence;
  for (const float value : {0.5F, 2.0F}) {
    onnx_pb::TensorProto tensor;
    tensor.set_data_type(static_cast<int>(DType::kF32));
    tensor.add_float_data(value);
    const std::string bytes = tensor.SerializeAsString();
    sequence += '\x1a';
    sequence += static_cast<char>(bytes.size());
    sequence += bytes;
  }
  std::string message("\x18\x07\x18\x09\x2a", 5);
  message += static_cast<char>(sequence.size());
  message += sequence;
  const auto map = parse_value_proto(std::as_bytes(std::span(message)), DType::kMap);
  ASSERT_THAT(map, IsOk());
  EXPECT_TRUE(identical(map->items()[0], Tensor::vector<std::int64_t>({7, 9})));
  EXPECT_TRUE(identical(map->items()[1], Tensor::vector<float>({0.5F, 2})));
}

}  // namespace
}  // namespace tern::onnx

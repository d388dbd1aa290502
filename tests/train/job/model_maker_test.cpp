#include "train/job/model_maker.h"

#include <gtest/gtest.h>

#include "config/yaml.h"
#include "ops/evaluate.h"
#include "tern/model.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tensors.h"
#include "train/job/input_scaling.h"

namespace tern::train {
namespace {

using tern::testing::all_close;
using tern::testing::f32;
using tern::testing::FailsWith;
using tern::testing::IsOk;
using tern::testing::TempDir;
using tern::testing::values_of;

struct Made {
  TrainingData data;
  Result<Graph> graph = Status(StatusCode::kInvalidArgument, "not made");
};

// A CSV text read as the configuration says, and the model for it.
Made make(std::string_view csv, const std::string& yaml, const std::string& labels = "classes") {
  Made made;
  auto root = config::parse_yaml(
      "data: {type: csv, path: a.csv, labels: " + labels + "}\noutput: a.onnx\n" + yaml, "t.yaml");
  EXPECT_THAT(root, IsOk());
  auto config = read_train_config(*std::move(root), "");
  EXPECT_THAT(config, IsOk());
  if (!config.ok()) return made;
  CsvOptions options = config->data.csv;
  options.shape = config->input.shape;
  auto table = parse_csv(csv, "a.csv", options);
  EXPECT_THAT(table, IsOk());
  if (!table.ok()) return made;
  made.data = {.train = table->data, .schema = table->schema};
  made.graph = make_model(*config, made.data);
  return made;
}

constexpr std::string_view kFlowers = "width,height,kind\n1,10,rose\n3,10,tulip\n5,40,rose\n";

TEST(ModelMaker, ScalesItsInputFirst) {
  const Made made = make(kFlowers,
                         "input: {scale: 2, mean: [4, 0], std: [2, 10]}\n"
                         "model: [dense: {units: 2, weights: ones}]\nloss: cross_entropy\n");
  ASSERT_THAT(made.graph, IsOk());
  const auto out = evaluate(*made.graph, std::vector<Tensor>{f32({1, 2}, {3, 10})});
  ASSERT_THAT(out, IsOk());
  // (6 - 4) / 2 + 20 / 10 = 3 for both classes: even probabilities.
  EXPECT_TRUE(all_close((*out)[0], f32({1, 2}, {0.5, 0.5})));
  EXPECT_EQ(made.graph->value(made.graph->outputs()[0]).name, "probabilities");
  EXPECT_EQ(made.graph->value(made.graph->inputs()[0]).name, "input");
  EXPECT_EQ(made.graph->metadata.at("labels"), R"(["rose","tulip"])");
  EXPECT_TRUE(made.graph->metadata.contains("csv_schema"));
}

TEST(ModelMaker, StandardizesByTheTrainingData) {
  const Made made = make(kFlowers, "input: {standardize: true}\nmodel: [dense: 2]\n");
  ASSERT_THAT(made.graph, IsOk());
  const auto scaling = input_scaling({.standardize = true}, made.data.train);
  ASSERT_THAT(scaling, IsOk());
  // Widths 1, 3, 5: mean 3, variance 8/3. Heights 10, 10, 40: mean 20, variance 200.
  EXPECT_NEAR(scaling->factor[0], 1 / std::sqrt(8.0 / 3), 1e-12);
  EXPECT_NEAR(scaling->offset[0], -3 / std::sqrt(8.0 / 3), 1e-12);
  EXPECT_NEAR(scaling->factor[1], 1 / std::sqrt(200.0), 1e-12);
  EXPECT_NEAR(scaling->offset[1], -20 / std::sqrt(200.0), 1e-12);
}

TEST(ModelMaker, NumbersAreNoProbabilities) {
  const Made made = make("a,b\n1,2.5\n2,3.5\n", "model: [dense: 1]\n", "numbers");
  ASSERT_THAT(made.graph, IsOk());
  EXPECT_EQ(made.graph->value(made.graph->outputs()[0]).name, "output");
  EXPECT_FALSE(made.graph->metadata.contains("labels"));
  EXPECT_THAT(
      make("a,b\n1,2.5\n2,3.5\n", "model: [dense: 1]\nloss: cross_entropy\n", "numbers").graph,
      FailsWith(StatusCode::kInvalidArgument, "cross_entropy needs classes"));
}

TEST(ModelMaker, MistakesNameTheLayerOrTheCount) {
  EXPECT_THAT(make(kFlowers, "model: [conv: 3]\n").graph,
              FailsWith(StatusCode::kInvalidArgument, "model.layers[0]: "));
  EXPECT_THAT(make(kFlowers, "model: [dense: 3]\n").graph,
              FailsWith(StatusCode::kInvalidArgument, "3 outputs for 2 classes"));
  EXPECT_THAT(make(kFlowers, "input: {mean: [1, 2, 3]}\nmodel: [dense: 2]\n").graph,
              FailsWith(StatusCode::kInvalidArgument, "3 numbers for mean or std"));
}

TEST(ModelMaker, GoesOnWithAnImportedModel) {
  const TempDir dir;
  const Made first =
      make(kFlowers, "model: [dense: 4, relu, {type: dense, units: 2, name: head}]\n");
  ASSERT_THAT(first.graph, IsOk());
  ASSERT_THAT(save_model(*first.graph, dir.file("m.onnx")), IsOk());

  const Made again = make(kFlowers, "model: {onnx: " + dir.file("m.onnx") + ", train: 'head*'}\n");
  ASSERT_THAT(again.graph, IsOk());
  EXPECT_EQ(again.graph->value(again.graph->find("head.weight")).kind, ValueKind::kVariable);
  EXPECT_EQ(again.graph->value(again.graph->find("dense1.weight")).kind, ValueKind::kConstant);
  EXPECT_EQ(again.graph->value(again.graph->outputs()[0]).name, "probabilities");
  const std::vector<Tensor> row{f32({1, 2}, {3, 10})};
  EXPECT_TRUE(all_close((*evaluate(*first.graph, row))[0], (*evaluate(*again.graph, row))[0]));

  const Made other = make(kFlowers, "input: {scale: 0.5}\nmodel: {onnx: " + dir.file("m.onnx") +
                                        ", output: nothing, layers: [dense: 2]}\n");
  EXPECT_THAT(other.graph, FailsWith(StatusCode::kNotFound, "there is no value nothing"));
}

TEST(ModelMaker, ScalesTheInputOfAnImportedModel) {
  const TempDir dir;
  const Made first = make(kFlowers, "model: [dense: 2]\n");
  ASSERT_THAT(first.graph, IsOk());
  ASSERT_THAT(save_model(*first.graph, dir.file("m.onnx")), IsOk());
  const Made scaled =
      make(kFlowers, "input: {scale: 0.5}\nmodel: {onnx: " + dir.file("m.onnx") + "}\n");
  ASSERT_THAT(scaled.graph, IsOk());
  const auto half = evaluate(*first.graph, std::vector<Tensor>{f32({1, 2}, {2, 3})});
  const auto whole = evaluate(*scaled.graph, std::vector<Tensor>{f32({1, 2}, {4, 6})});
  EXPECT_TRUE(all_close((*half)[0], (*whole)[0]));
}

}  // namespace
}  // namespace tern::train

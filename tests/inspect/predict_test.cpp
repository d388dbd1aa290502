#include "inspect/predict.h"

#include <cmath>

#include "base/file.h"
#include "tensor/npy.h"
#include "tern/functions.h"
#include "tern/model.h"
#include "tests/support/bitmap.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tensors.h"

namespace tern::inspect {
namespace {

using tern::testing::f32;
using tern::testing::FailsWith;
using tern::testing::IsOk;

class Predict : public ::testing::Test {
 protected:
  // y = f(x) for x of [rows, columns], saved as a model.
  template <class F>
  std::string model(DimSpec rows, std::int64_t columns, const std::string& labels, F&& f) {
    GraphBuilder b("m");
    const Value x = b.input("x", DType::kF32, {rows, columns});
    b.output("y", f(b, x));
    Result<Graph> graph = b.build();
    EXPECT_THAT(graph, IsOk());
    if (!labels.empty()) graph->metadata["labels"] = labels;
    const std::string path = folder_.file("m" + std::to_string(models_++) + ".onnx");
    EXPECT_THAT(save_model(*graph, path), IsOk());
    return path;
  }

  Status run(const PredictOptions& options) {
    rows_.clear();
    total_ = 0;
    auto summary = predict(options, [&](const RowPrediction& row, std::int64_t total) -> Status {
      rows_.push_back(row);
      total_ = total;
      return {};
    });
    if (!summary.ok()) return summary.status();
    summary_ = *summary;
    return {};
  }

  tern::testing::TempDir folder_;
  int models_ = 0;
  std::vector<RowPrediction> rows_;
  std::int64_t total_ = 0;
  PredictSummary summary_;
};

TEST_F(Predict, RanksClassesByScore) {
  const std::string path =
      model("N", 3, R"(["ant","bee","cow"])", [](GraphBuilder&, Value x) { return softmax(x); });
  const std::string data = folder_.write("x.csv", "0,2,1\n5,0,0\n");
  ASSERT_THAT(run({.model = path, .inputs = {data}, .top = 2}), IsOk());
  ASSERT_EQ(rows_.size(), 2u);
  EXPECT_EQ(total_, 2);
  EXPECT_EQ(rows_[0].input, data + "[0]");
  ASSERT_EQ(rows_[0].top.size(), 2u);
  EXPECT_EQ(rows_[0].top[0].label, "bee");
  EXPECT_EQ(rows_[0].top[0].index, 1);
  const double sum = 1 + std::exp(2.0) + std::exp(1.0);
  EXPECT_NEAR(rows_[0].top[0].score, std::exp(2.0) / sum, 1e-5);
  EXPECT_EQ(rows_[0].top[1].label, "cow");
  EXPECT_NEAR(rows_[0].top[1].score, std::exp(1.0) / sum, 1e-5);
  EXPECT_EQ(rows_[1].top[0].label, "ant");
  EXPECT_EQ(rows_[1].output.shape(), Shape({3}));
  EXPECT_TRUE(summary_.classifies);
  EXPECT_EQ(summary_.labelled, 0);
}

TEST_F(Predict, TellsTheAccuracyWhereThereAreLabels) {
  const std::string path =
      model("N", 2, R"(["ant","bee"])", [](GraphBuilder&, Value x) { return x * 1.0; });
  // The larger of the two numbers is the class: right, wrong, right.
  const std::string data = folder_.write("x.csv", "a,b,kind\n1,0,ant\n1,0,bee\n3,7,bee\n");
  ASSERT_THAT(run({.model = path, .inputs = {data}, .batch = 2, .rows = {.label = "kind"}}),
              IsOk());
  EXPECT_EQ(summary_.rows, 3);
  EXPECT_EQ(summary_.labelled, 3);
  EXPECT_EQ(summary_.correct, 2);
  EXPECT_EQ(rows_[1].wanted, "bee");
  EXPECT_EQ(rows_[1].top[0].label, "ant");
}

TEST_F(Predict, OtherOutputsAreNumbers) {
  const std::string path =
      model("N", 2, "", [](GraphBuilder&, Value x) { return reduce_sum(x, {1}, true); });
  const std::string data = folder_.write("x.csv", "1,2,4\n-1,0,-1\n");
  ASSERT_THAT(run({.model = path, .inputs = {data}, .rows = {.label = "3"}}), IsOk());
  EXPECT_FALSE(summary_.classifies);
  EXPECT_TRUE(rows_[0].top.empty());
  EXPECT_TRUE(tern::testing::all_close(rows_[0].output, f32({1}, {3})));
  // 3 for 4 and -1 for -1.
  EXPECT_DOUBLE_EQ(summary_.mean_absolute_error, 0.5);
  EXPECT_DOUBLE_EQ(summary_.root_mean_square_error, std::sqrt(0.5));
}

TEST_F(Predict, ProbabilitiesAreTakenForClassesWithoutLabels) {
  const std::string path = model("N", 2, "", [](GraphBuilder&, Value x) { return softmax(x); });
  ASSERT_THAT(write_npy(folder_.file("x.npy"), f32({1, 2}, {0, 3})), IsOk());
  ASSERT_THAT(run({.model = path, .inputs = {folder_.file("x.npy")}}), IsOk());
  EXPECT_TRUE(summary_.classifies);
  EXPECT_EQ(rows_[0].top[0].label, "1");
  EXPECT_EQ(rows_[0].input, folder_.file("x.npy"));
}

TEST_F(Predict, OneScoreForTwoLabelsIsTheSecondOnes) {
  const std::string path =
      model("N", 1, R"(["no","yes"])", [](GraphBuilder&, Value x) { return x * 1.0; });
  const std::string data = folder_.write("x.csv", "0.2\n0.9\n");
  ASSERT_THAT(run({.model = path, .inputs = {data}}), IsOk());
  EXPECT_EQ(rows_[0].top[0].label, "no");
  EXPECT_NEAR(rows_[0].top[0].score, 0.8, 1e-6);
  EXPECT_EQ(rows_[1].top[0].label, "yes");
}

TEST_F(Predict, FixedBatchesAreFilledUp) {
  const std::string path = model(2, 1, "", [](GraphBuilder&, Value x) { return x * 10.0; });
  const std::string data = folder_.write("x.csv", "1\n2\n3\n");
  ASSERT_THAT(run({.model = path, .inputs = {data, data}}), IsOk());
  std::vector<float> seen;
  for (const RowPrediction& row : rows_) seen.push_back(*row.output.data<float>());
  EXPECT_EQ(seen, (std::vector<float>{10, 20, 30, 10, 20, 30}));
  EXPECT_EQ(total_, 6);
}

TEST_F(Predict, ImagesBesideEachOtherAreOneBatch) {
  GraphBuilder b("m");
  const Value x = b.input("x", DType::kF32, {"N", 3, 2, 2});
  b.output("y", reduce_mean(x, {2, 3}));  // the colour
  const std::string path = folder_.file("color.onnx");
  ASSERT_THAT(save_model(*b.build(), path), IsOk());
  const std::string red = folder_.write("red.bmp", tern::testing::bitmap(4, 4, 255, 0, 0));
  const std::string blue = folder_.write("blue.bmp", tern::testing::bitmap(2, 3, 0, 0, 255));
  ASSERT_THAT(run({.model = path, .inputs = {red, blue}, .labels = {"red", "green", "blue"}}),
              IsOk());
  ASSERT_EQ(rows_.size(), 2u);
  EXPECT_EQ(rows_[0].input, red);
  EXPECT_EQ(rows_[0].top[0].label, "red");
  EXPECT_EQ(rows_[1].top[0].label, "blue");
}

TEST_F(Predict, RefusesModelsThatDoNotTakeRows) {
  const std::string data = folder_.write("x.csv", "1,2\n");
  const std::string sum = model("N", 2, "", [](GraphBuilder&, Value x) {
    return reduce_sum(x, {0, 1});
  });
  const std::string two_rows = folder_.write("two.csv", "1,2\n3,4\n");
  EXPECT_THAT(run({.model = sum, .inputs = {two_rows}}),
              FailsWith(StatusCode::kInvalidArgument, "it has no row for each"));
  EXPECT_THAT(run({.model = sum, .inputs = {data}, .output = "z"}),
              FailsWith(StatusCode::kNotFound, "no output z"));
  EXPECT_THAT(run({.model = sum, .inputs = {data}, .batch = 0}),
              FailsWith(StatusCode::kInvalidArgument, "batch 0"));
  EXPECT_THAT(run({.model = sum, .inputs = {data}, .top = 0}),
              FailsWith(StatusCode::kInvalidArgument, "top 0"));
  GraphBuilder b("two");
  b.output("y", b.input("a", DType::kF32, {"N"}) + b.input("b", DType::kF32, {"N"}));
  ASSERT_THAT(save_model(*b.build(), folder_.file("two.onnx")), IsOk());
  EXPECT_THAT(run({.model = folder_.file("two.onnx"), .inputs = {data}}),
              FailsWith(StatusCode::kInvalidArgument, "the model has 2 inputs ("));
  EXPECT_THAT(run({.model = folder_.file("none.onnx"), .inputs = {data}}),
              FailsWith(StatusCode::kNotFound, "none.onnx"));
}

}  // namespace
}  // namespace tern::inspect

#include "inspect/predict_report.h"

#include "base/file.h"
#include "base/json.h"
#include "tensor/npy.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tensors.h"

namespace tern::inspect {
namespace {

using tern::testing::f32;
using tern::testing::FailsWith;
using tern::testing::IsOk;

RowPrediction classified() {
  return {.input = "a,b.png",
          .top = {{.index = 1, .label = "bee", .score = 0.75},
                  {.index = 0, .label = "ant", .score = 0.25}},
          .output = f32({2}, {0.25, 0.75}),
          .label = 0,
          .wanted = "ant"};
}
RowPrediction plain() {
  return {.input = "x.csv[1]", .output = f32({2}, {1.5, -2}), .label = 1, .wanted = "1"};
}

TEST(PredictReport, LinesForPeople) {
  EXPECT_EQ(to_line(classified()), "a,b.png  bee  75.0 %  (ant 25.0 %)  wrong, label ant");
  RowPrediction right = classified();
  right.label = 1;
  EXPECT_EQ(to_line(right), "a,b.png  bee  75.0 %  (ant 25.0 %)");
  EXPECT_EQ(to_line(plain()), "x.csv[1]  f32[2] {1.5, -2}  label 1");
  EXPECT_EQ(to_line(PredictSummary{.rows = 1}), "1 row");
  EXPECT_EQ(to_line(PredictSummary{.rows = 8, .classifies = true, .labelled = 8, .correct = 7}),
            "8 rows, accuracy 87.50 % (7 of 8)");
  EXPECT_EQ(
      to_line(PredictSummary{
          .rows = 2, .labelled = 2, .mean_absolute_error = 0.5, .root_mean_square_error = 0.75}),
      "2 rows, mean absolute error 0.5, root mean square error 0.75");
}

TEST(PredictReport, OneJsonObject) {
  PredictJson json("m.onnx");
  json.add(classified());
  json.add(plain());
  const auto parsed =
      parse_json(json.finish({.rows = 2, .classifies = true, .labelled = 2, .correct = 1}));
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(*parsed->find("model")->as_string(), "m.onnx");
  const auto& rows = *parsed->find("rows")->as_array();
  ASSERT_EQ(rows.size(), 2u);
  const auto& top = *rows[0].find("top")->as_array();
  EXPECT_EQ(*top[0].find("class")->as_int(), 1);
  EXPECT_EQ(*top[0].find("label")->as_string(), "bee");
  EXPECT_EQ(top[0].find("score")->as_number(), 0.75);
  EXPECT_EQ(*rows[0].find("label")->as_string(), "ant");
  EXPECT_EQ((*rows[1].find("output")->as_array())[1].as_number(), -2);
  EXPECT_EQ(parsed->find("summary")->find("accuracy")->as_number(), 0.5);
  PredictJson none("m.onnx");
  EXPECT_THAT(parse_json(none.finish({})), IsOk());
}

TEST(PredictReport, FilesOfOutputs) {
  const tern::testing::TempDir folder;
  auto npy = PredictFile::create(folder.file("y.npy"));
  ASSERT_THAT(npy, IsOk());
  ASSERT_THAT(npy->add(classified()), IsOk());
  ASSERT_THAT(npy->add(plain()), IsOk());
  RowPrediction other = plain();
  other.output = f32({3}, {1, 2, 3});
  EXPECT_THAT(npy->add(other),
              FailsWith(StatusCode::kInvalidArgument, "y.npy: the output of x.csv[1] is [3]"));
  ASSERT_THAT(npy->write(), IsOk());
  EXPECT_TRUE(tern::testing::all_close(*read_npy(folder.file("y.npy")),
                                       f32({2, 2}, {0.25, 0.75, 1.5, -2})));

  auto csv = PredictFile::create(folder.file("y.csv"));
  ASSERT_THAT(csv, IsOk());
  ASSERT_THAT(csv->add(classified()), IsOk());
  ASSERT_THAT(csv->write(), IsOk());
  EXPECT_EQ(*read_file(folder.file("y.csv")),
            "input,class,score,label,output0,output1\n\"a,b.png\",bee,0.75,ant,0.25,0.75\n");
  EXPECT_THAT(PredictFile::create("y.txt"), FailsWith(StatusCode::kInvalidArgument, "y.txt"));
}

}  // namespace
}  // namespace tern::inspect

#include "inspect/model_report.h"

#include "tern/functions.h"
#include "tern/model.h"
#include "tern/ops/quant.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::inspect {
namespace {

using testing::FailsWith;
using testing::IsOk;

// A window of four on a width that is open.
std::string save_pool(const testing::TempDir& folder) {
  GraphBuilder b("pool");
  const Value x = b.input("x", DType::kF32, {1, 1, 4, "W"});
  b.output("y", max_pool(x, ops::MaxPool{.kernel_shape = {4, 4}}));
  const std::string path = folder.file("pool.onnx");
  EXPECT_THAT(save_model(*b.build(), path), IsOk());
  return path;
}

TEST(ModelReport, TellsWhatItCanWhenOpenSizesOfOneDoNotFit) {
  const testing::TempDir folder;
  const Result<ModelReport> report = inspect_model(save_pool(folder), {}, {});
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->inputs[0].text, "f32[1,1,4,W]");
  EXPECT_TRUE(report->steps.empty());
  EXPECT_NE(report->unplanned.find("window"), std::string::npos) << report->unplanned;
  EXPECT_NE(to_text(*report, false).find("--shape"), std::string::npos);
}

TEST(ModelReport, SizesThatAreGivenHaveToFit) {
  const testing::TempDir folder;
  const std::string path = save_pool(folder);
  EXPECT_THAT(inspect_model(path, {{"x", {1, 1, 4, 2}}}, {}),
              FailsWith(StatusCode::kInvalidArgument, "window"));
  const Result<ModelReport> report = inspect_model(path, {{"x", {1, 1, 4, 4}}}, {});
  ASSERT_THAT(report, IsOk());
  EXPECT_FALSE(report->steps.empty());
  EXPECT_TRUE(report->unplanned.empty());
}

TEST(ModelReport, CountsWeightsOfAllWidthsAndShortensDocuments) {
  const testing::TempDir folder;
  GraphBuilder b("bytes");
  const Value x = b.input("x", DType::kF32, {"N", 4});
  Result<Tensor> bytes = Tensor::zeros(DType::kI8, {4, 3});
  ASSERT_THAT(bytes, IsOk());
  const Value w = b.op(ops::DequantizeLinear{}, {b.constant(*bytes), b.scalar(0.5F)});
  b.output("y", matmul(x, w));
  Graph graph = *b.build();
  graph.metadata["notes"] = std::string(159, 'x') + "\u00e9 and so on";
  const std::string path = folder.file("bytes.onnx");
  ASSERT_THAT(save_model(graph, path), IsOk());
  const Result<ModelReport> report = inspect_model(path, {}, {});
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->parameters, 12);
  EXPECT_EQ(report->parameter_bytes, 12U);
  const std::string text = to_text(*report, false);
  EXPECT_NE(text.find(std::string(159, 'x') + "... (171 bytes)"), std::string::npos) << text;
}

}  // namespace
}  // namespace tern::inspect

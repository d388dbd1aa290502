#include "inspect/bench_report.h"

#include "inspect/bench.h"
#include "tests/support/status_matchers.h"

namespace tern::inspect {
namespace {

using tern::testing::FailsWith;
using tern::testing::IsOk;

BenchCell cell(std::string model, int threads, double per_s) {
  return {.model = std::move(model),
          .threads = threads,
          .precision = "f32",
          .median_ms = 1000 / per_s,
          .p10_ms = 900 / per_s,
          .p90_ms = 1100 / per_s,
          .per_s = per_s,
          .session_ms = 12,
          .peak_rss_mb = 34,
          .cpu_util = threads * 0.99,
          .error = ""};
}

TEST(ParseBench, ReadsWhatBenchPrints) {
  BenchResult result;
  result.model = "a/net.onnx";
  result.threads = 2;
  result.median_ms = 1.5;
  result.per_s = 666.6;
  result.peak_rss_mb = 77;
  const auto read = parse_bench(to_json(result));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->model, "a/net.onnx");
  EXPECT_EQ(read->threads, 2);
  EXPECT_EQ(read->precision, "f32");
  EXPECT_DOUBLE_EQ(read->median_ms, 1.5);
  EXPECT_DOUBLE_EQ(read->per_s, 666.6);
  EXPECT_DOUBLE_EQ(read->peak_rss_mb, 77);
}

TEST(ParseBench, RefusesOtherThings) {
  EXPECT_THAT(parse_bench(""), FailsWith(StatusCode::kInvalidArgument, ""));
  EXPECT_THAT(parse_bench(R"({"model":"m","precision":"f32"})"),
              FailsWith(StatusCode::kInvalidArgument, "threads"));
  EXPECT_THAT(parse_bench(R"({"model":"m","precision":"f32","threads":1,"median_ms":null})"),
              FailsWith(StatusCode::kInvalidArgument, "median_ms"));
}

TEST(ModelTitle, IsTheFileOrItsFolder) {
  EXPECT_EQ(model_title("nets/resnet.onnx"), "resnet");
  EXPECT_EQ(model_title("nets/bert/model.onnx"), "bert");
  EXPECT_EQ(model_title("model.onnx"), "model");
}

TEST(BenchReport, MarkdownHasARowPerMeasurement) {
  BenchReport report;
  report.cells = {cell("a.onnx", 1, 100), cell("a.onnx", 2, 180)};
  report.cells.push_back(
      {.model = "b|c.onnx", .threads = 1, .precision = "bf16", .error = "tern: no\nsuch file"});
  const std::string text = to_markdown(report);
  EXPECT_NE(text.find("| a | f32 | 1 | 10 | 9 | 11 | 100 | 0.99 | 34 | 12 |\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("| a | f32 | 2 | 5.556 |"), std::string::npos) << text;
  EXPECT_NE(text.find("| b\\|c | bf16 | 1 | tern: no such file |\n"), std::string::npos) << text;
}

TEST(BenchReport, HtmlDrawsBarsToScaleAndEscapesNames) {
  BenchReport report;
  report.cells = {cell("<b>.onnx", 1, 100), cell("a.onnx", 1, 2), cell("a.onnx", 2, 4)};
  const std::string page = to_html(report);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_NE(page.find("&lt;b&gt;"), std::string::npos);
  EXPECT_NE(page.find("width=\"420.0\""), std::string::npos);  // the largest of a model
  EXPECT_NE(page.find("width=\"210.0\""), std::string::npos);
  EXPECT_EQ(page.find("http"), std::string::npos);
}

}  // namespace
}  // namespace tern::inspect

#include "inspect/html_report.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "tern/functions.h"
#include "tern/graph_text.h"
#include "tern/model.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace tern::inspect {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;

std::string page_of(const std::string& path, const SessionOptions& options = {}) {
  ModelGraphs graphs;
  const Result<ModelReport> report = inspect_model(path, {}, options, &graphs);
  EXPECT_THAT(report, IsOk());
  return report.ok() ? to_html(*report, graphs) : std::string();
}

JsonValue data_of(const std::string& html) {
  constexpr std::string_view kBegin = "<script id=\"data\" type=\"application/json\">";
  const std::size_t begin = html.find(kBegin) + kBegin.size();
  const Result<JsonValue> data =
      parse_json(html.substr(begin, html.find("</script>", begin) - begin));
  EXPECT_THAT(data, IsOk());
  return data.ok() ? *data : JsonValue();
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++n;
  return n;
}

TEST(HtmlReport, ShowsEveryNodeInPictureAndTable) {
  const testing::TempDir folder;
  GraphBuilder b("net");
  const Value x = b.input("x", DType::kF32, {2, 3});
  const Value w = b.constant(*Tensor::from<float>({3, 4}, std::vector<float>(12, 0.5F)), "w");
  b.output("y", softmax(matmul(x, w)));
  const std::string path = folder.file("net.onnx");
  ASSERT_THAT(save_model(*b.build(), path), IsOk());

  const std::string html = page_of(path, {.optimize = false, .reference_kernels = true});
  const JsonValue data = data_of(html);
  const JsonValue::Array& views = *data.find("views")->as_array();
  ASSERT_EQ(views.size(), 2U) << "as it runs, as in the file";
  EXPECT_TRUE(*views[0].find("running")->as_bool());
  const JsonValue::Array& nodes = *views[0].find("nodes")->as_array();
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(*nodes[0].find("op")->as_string(), "MatMul");
  EXPECT_EQ(*nodes[0].find("kernel")->as_string(), "reference");
  EXPECT_EQ(*nodes[0].find("shapes")->as_string(), "[2,3] [3,4] -> [2,4]");
  EXPECT_EQ(nodes[0].find("flops")->as_number(), 2 * 2 * 3 * 4);
  EXPECT_EQ(nodes[0].find("bytes")->as_number(), 4 * (2 * 3 + 3 * 4 + 2 * 4));
  const JsonValue::Array& weight = *(*nodes[0].find("inputs")->as_array())[1].as_array();
  EXPECT_EQ(*weight[0].as_string(), "w");
  EXPECT_EQ(*weight[1].as_string(), "f32[3,4]");
  EXPECT_EQ(*weight[2].as_string(), "constant");
  EXPECT_EQ(views[1].find("nodes")->as_array()->size(), 2U);
  EXPECT_EQ(count(html, "<g class=\"node "), 4U);
  EXPECT_EQ(count(html, "<g class=\"end input"), 2U);
  EXPECT_EQ(count(html, "<g class=\"end output"), 2U);
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">input</th><td><div>x: f32[2,3]</div>"));
  EXPECT_THAT(html, HasSubstr("12 (48 B)")) << "parameters";
  EXPECT_THAT(html, HasSubstr("ai.onnx 17")) << "the lowest opset that save_model writes";
}

TEST(HtmlReport, NamesAreTextAndNothingComesFromElsewhere) {
  const testing::TempDir folder;
  GraphBuilder b("</script><b>");
  const Value x = b.input("</title><x>", DType::kF32, {1});
  b.output("\"><script>alert(1)</script>", relu(x));
  Graph graph = *b.build();
  graph.metadata["note"] = "<img src=x>";
  const std::string path = folder.file("net.onnx");
  ASSERT_THAT(save_model(graph, path), IsOk());
  const std::string html = page_of(path);
  EXPECT_THAT(html, Not(HasSubstr("<b>")));
  EXPECT_THAT(html, Not(HasSubstr("<x>")));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_EQ(count(html, "</script>"), 2U);
  EXPECT_THAT(html, Not(HasSubstr("http://")));
  EXPECT_THAT(html, Not(HasSubstr("https://")));
  const JsonValue data = data_of(html);
  const JsonValue& node = (*(*data.find("views")->as_array())[0].find("nodes")->as_array())[0];
  const JsonValue& output = (*node.find("outputs")->as_array())[0];
  EXPECT_EQ(*(*output.as_array())[0].as_string(), "\"><script>alert(1)</script>");
}

TEST(HtmlReport, BodiesAreViewsOfTheirOwn) {
  const testing::TempDir folder;
  const Result<Graph> graph = parse_graph(R"(graph "branch" {
  input x: f32[2]
  input c: bool[]
  y = If(c) @choose
    body () {
      a = Relu(x)
      output a
    }
    body () {
      n = Neg(x)
      m = Exp(n)
      output m
    }
  output y
})");
  ASSERT_THAT(graph, IsOk());
  const std::string path = folder.file("branch.onnx");
  ASSERT_THAT(save_model(*graph, path), IsOk());
  const std::string html = page_of(path, {.optimize = false});
  const JsonValue data = data_of(html);
  const JsonValue::Array& views = *data.find("views")->as_array();
  ASSERT_EQ(views.size(), 6U);
  EXPECT_EQ(*views[5].find("title")->as_string(), "as in the file: body 1 of If choose");
  EXPECT_EQ(views[5].find("nodes")->as_array()->size(), 2U);
  EXPECT_THAT(html, HasSubstr("<g class=\"end outer\"")) << "x, from around the body";
  // Into the If itself flow its condition, and x for its bodies.
  const std::string choose =
      std::to_string(*(*views[3].find("nodes")->as_array())[0].find("id")->as_int());
  EXPECT_EQ(count(html.substr(html.find("id=\"view3\"")), "data-e=\"-1 " + choose + "\""), 2U);
}

TEST(HtmlReport, WithoutAPlanTheGraphIsStillThere) {
  const testing::TempDir folder;
  GraphBuilder b("pool");
  const Value x = b.input("x", DType::kF32, {1, 1, 4, "W"});
  b.output("y", max_pool(x, ops::MaxPool{.kernel_shape = {4, 4}}));
  const std::string path = folder.file("pool.onnx");
  ASSERT_THAT(save_model(*b.build(), path), IsOk());
  const std::string html = page_of(path, {.optimize = false});
  EXPECT_THAT(html, HasSubstr("give others with --shape"));
  EXPECT_EQ(count(html, "<g class=\"node "), 2U);
}

}  // namespace
}  // namespace tern::inspect

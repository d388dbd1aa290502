#include "tests/serve/models.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "tern/functions.h"
#include "tern/graph_builder.h"
#include "tern/model.h"
#include "tern/ops/ml.h"
#include "tests/support/status_matchers.h"

namespace tern::serve {
namespace {

Graph finished(GraphBuilder& b) {
  Result<Graph> graph = b.build();
  if (!graph.ok()) {
    ADD_FAILURE() << graph.status().to_string();
    return {};
  }
  return std::move(*graph);
}

}  // namespace

Graph doubling_graph() {
  GraphBuilder b("doubling");
  b.output("y", b.input("x", DType::kF32, {"N", 3}) * 2.0);
  return finished(b);
}

Graph colour_graph() {
  GraphBuilder b("colour");
  b.output("scores", b.input("x", DType::kF32, {"N", 3}) + 0.0);
  Graph graph = finished(b);
  graph.metadata["labels"] = R"(["red","green","blue"])";
  return graph;
}

Graph two_input_graph() {
  GraphBuilder b("two_inputs");
  const Value a = b.input("a", DType::kF32, {"N", 2});
  const Value c = cast(b.input("b", DType::kI64, {"N", 2}), DType::kF32);
  b.output("sum", a + c);
  b.output("product", a * c);
  return finished(b);
}

Graph picture_graph() {
  GraphBuilder b("picture");
  b.output("y", b.op(ops::Identity{}, {b.input("x", DType::kF32, {"N", 3, 1, 1})}));
  return finished(b);
}

Graph identity_graph(DType dtype) {
  GraphBuilder b("identity");
  b.output("y", b.op(ops::Identity{}, {b.input("x", dtype, {"N", 2})}));
  return finished(b);
}

Graph zip_map_graph(bool ints) {
  GraphBuilder b("zip_map");
  const Value x = b.input("x", DType::kF32, {"N", 2});
  b.output("animal", b.op(ops::ZipMap{.classlabels_strings = {"cat", "dog"}}, {x}));
  if (ints) b.output("number", b.op(ops::ZipMap{.classlabels_int64s = {3, 7}}, {x}));
  return finished(b);
}

Graph lookup_graph() {
  GraphBuilder b("lookup");
  const Value table = b.constant(*Tensor::from<float>({4}, std::vector<float>{0, 10, 20, 30}));
  b.output("y", gather(table, b.input("x", DType::kI64, {"N"})));
  return finished(b);
}

Graph running_sum_graph() {
  GraphBuilder b("running_sum");
  const Value axis = b.scalar<std::int64_t>(0);
  b.output("y", b.op(ops::CumSum{}, {b.input("x", DType::kF32, {"N"}), axis}));
  return finished(b);
}

void write_model(const Graph& graph, const std::string& path) {
  ASSERT_THAT(make_directories(std::string(parent_path(path))), testing::IsOk());
  ASSERT_THAT(save_model(graph, path), testing::IsOk());
}

}  // namespace tern::serve

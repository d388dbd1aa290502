#include <algorithm>

#include "ops/op_table.h"
#include "tern/graph_builder.h"
#include "tern/model.h"
#include "tern/session.h"
#include "tests/support/op_checks.h"
#include "tests/support/temp_dir.h"

namespace tern::testing {
namespace {

// Which inputs of the case are constants of the graph. Kernels that pack weights, and folding, see
// constants; the others see inputs.
enum class Constants { kNone, kNotFloating, kAllButFirst };

bool is_constant(Constants constants, const Tensor& input, std::size_t i) {
  switch (constants) {
    case Constants::kNone: return false;
    case Constants::kNotFloating:
      // Files hold no constant containers.
      return !is_floating(input.dtype()) && !is_container(input.dtype());
    case Constants::kAllButFirst: return i > 0;
  }
  return false;
}

// The case as a model of one node.
struct CaseModel {
  Graph graph;
  std::vector<Tensor> feeds;
  Status status;
};

CaseModel model_of(const OpCase& test, Constants constants) {
  CaseModel model;
  GraphBuilder b(model.graph);
  std::vector<Value> inputs;
  for (std::size_t i = 0; i < test.inputs.size(); ++i) {
    const Tensor& input = test.inputs[i];
    if (!input.defined()) {
      inputs.emplace_back();
    } else if (is_constant(constants, input, i)) {
      inputs.push_back(b.constant(input));
    } else {
      model.feeds.push_back(input);
      inputs.push_back(b.input("in" + std::to_string(i), TypeInfo::of(input)));
    }
  }
  const std::vector<Value> outputs = b.op_n(test.op, inputs, test.expected.size());
  model.status = b.status();
  if (model.status.ok()) {
    std::vector<ValueId> results;
    for (const Value& output : outputs) results.push_back(output.id());
    model.graph.set_outputs(std::move(results));
  }
  return model;
}

void expect_outputs(const OpCase& test, Graph graph, const std::vector<Tensor>& feeds,
                    const SessionOptions& options) {
  Result<Session> session = Session::create(std::move(graph), options);
  ASSERT_TRUE(session.ok()) << session.status().to_string();
  // The second run finds what the first left in the arena.
  for (int run = 0; run < 2; ++run) {
    const auto results = session->run(std::span<const Tensor>(feeds));
    ASSERT_TRUE(results.ok()) << results.status().to_string();
    for (std::size_t i = 0; i < test.expected.size(); ++i) {
      if (!test.expected[i].defined()) continue;
      EXPECT_TRUE(all_close((*results)[i], test.expected[i], test.tolerance)) << "output " << i;
    }
  }
}

std::shared_ptr<ThreadPool> shared_pool() {
  static const auto pool = std::make_shared<ThreadPool>(2);
  return pool;
}

}  // namespace

void check_session(const OpCase& test) {
  for (const Constants constants :
       {Constants::kNone, Constants::kNotFloating, Constants::kAllButFirst}) {
    for (const bool optimize : {true, false}) {
      SCOPED_TRACE("constants " + std::to_string(static_cast<int>(constants)) +
                   (optimize ? ", passes on" : ", passes off"));
      CaseModel model = model_of(test, constants);
      ASSERT_TRUE(model.status.ok()) << model.status.to_string();
      expect_outputs(test, std::move(model.graph), model.feeds,
                     {.pool = shared_pool(), .optimize = optimize});
    }
  }
}

void check_export(const OpCase& test) {
  // The harness is tested with operators that no file could name.
  if (find_op(test.op.domain(), test.op.name()) == nullptr) return;
  CaseModel model = model_of(test, Constants::kNotFloating);
  ASSERT_TRUE(model.status.ok()) << model.status.to_string();
  const TempDir folder;
  const std::string path = folder.file("case.onnx");
  const Status saved = save_model(model.graph, path);
  // Operators that passes make, and gradients, are nothing that a file could say.
  if (saved.code() == StatusCode::kUnimplemented && !test.op.domain().starts_with("ai.onnx")) {
    return;
  }
  ASSERT_TRUE(saved.ok()) << saved.to_string();
  Result<Graph> loaded = load_model(path);
  ASSERT_TRUE(loaded.ok()) << loaded.status().to_string();
  expect_outputs(test, *std::move(loaded), model.feeds, {.pool = shared_pool()});
}

}  // namespace tern::testing

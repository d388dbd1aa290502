#include "tests/support/graph_case.h"

#include <cstdio>
#include <cstdlib>
#include <set>

#include "ops/evaluate.h"
#include "tern/graph_text.h"
#include "tern/model.h"
#include "tern/session.h"
#include "tests/support/temp_dir.h"

namespace tern::testing {
namespace {

void expect_results(const GraphCase& test, const Result<std::vector<Tensor>>& results) {
  ASSERT_TRUE(results.ok()) << results.status().to_string();
  ASSERT_EQ(results->size(), test.expected.size());
  for (std::size_t i = 0; i < test.expected.size(); ++i) {
    EXPECT_TRUE(all_close((*results)[i], test.expected[i])) << "output " << i;
  }
}

void check_session(const GraphCase& test, Graph graph, SessionOptions options) {
  options.threads = 1;
  Result<Session> session = Session::create(std::move(graph), options);
  ASSERT_TRUE(session.ok()) << session.status().to_string();
  // The second run finds what the first left in the arena.
  for (int run = 0; run < 2; ++run) {
    expect_results(test, session->run(std::span<const Tensor>(test.inputs)));
  }
}

void check_export(const GraphCase& test, const Graph& graph, std::string_view domain) {
  const TempDir folder;
  const std::string path = folder.file("case.onnx");
  const Status saved = save_model(graph, path);
  if (saved.code() == StatusCode::kUnimplemented && !domain.starts_with("ai.onnx")) return;
  ASSERT_TRUE(saved.ok()) << saved.to_string();
  Result<Graph> loaded = load_model(path);
  ASSERT_TRUE(loaded.ok()) << loaded.status().to_string();
  check_session(test, *std::move(loaded), {});
}

bool uses(const Graph& graph, const OpDef& def) {
  for (std::size_t i = 0; i < graph.node_count(); ++i) {
    if (&graph.node(NodeId(i)).op.def() == &def) return true;
  }
  return false;
}

}  // namespace

void check_graph_cases(const OpDef& def, const std::vector<GraphCase>& cases) {
  EXPECT_FALSE(cases.empty()) << def.name << " has no case";
  if (std::getenv("TERN_COUNT_OP_CASES") != nullptr) {  // as check_op_cases does
    std::printf("op-cases %s %s %zu\n", std::string(def.domain).c_str(),
                std::string(def.name).c_str(), cases.size());
    return;
  }
  std::set<std::string_view> names;
  for (const GraphCase& test : cases) {
    SCOPED_TRACE("case " + test.name);
    EXPECT_TRUE(names.insert(test.name).second) << "two cases have this name";
    const Result<Graph> graph = parse_graph(test.graph, test.name);
    ASSERT_TRUE(graph.ok()) << graph.status().to_string();
    EXPECT_TRUE(uses(*graph, def)) << "the graph has no " << def.name;
    {
      SCOPED_TRACE("reference");
      expect_results(test, evaluate(*graph, test.inputs));
    }
    {
      SCOPED_TRACE("session, passes on");
      check_session(test, *graph, {});
    }
    {
      SCOPED_TRACE("session, passes off");
      check_session(test, *graph, {.optimize = false});
    }
    {
      SCOPED_TRACE("session, reference kernels");
      check_session(test, *graph, {.reference_kernels = true});
    }
    SCOPED_TRACE("export");
    check_export(test, *graph, def.domain);
  }
}

}  // namespace tern::testing

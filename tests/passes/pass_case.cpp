#include "tests/passes/pass_case.h"

#include <algorithm>
#include <map>

#include "base/errors.h"
#include "base/file.h"
#include "base/strings.h"
#include "graph/verify.h"
#include "ops/evaluate.h"
#include "passes/dead_code.h"
#include "passes/pipeline.h"
#include "tern/graph_text.h"
#include "tests/support/graph_compare.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tensors.h"

namespace tern::testing {
namespace {

// The lines of one graph, with empty lines in front so that messages count lines of the file.
struct Piece {
  std::string text;
  void begin(std::size_t line) { text.assign(line, '\n'); }
  void add(std::string_view line) {
    text += line;
    text += '\n';
  }
};

bool take_suffix(std::string& name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  name = trim(std::string_view(name).substr(0, name.size() - suffix.size()));
  return true;
}

// ------------------------------------------------------------------------------------ evaluation

// A size for every symbol, no two alike, so that mixed-up axes show.
class Sizes {
 public:
  std::int64_t of(const Dim& dim) {
    if (dim.known()) return dim.value();
    if (dim.symbol() == SymbolId::kAnonymous) return 2;
    const auto next = static_cast<std::int64_t>(sizes_.size()) + 2;
    return sizes_.try_emplace(dim.symbol(), next).first->second;
  }

 private:
  std::map<SymbolId, std::int64_t> sizes_;
};

std::vector<Tensor> inputs_for(const Graph& graph) {
  std::vector<Tensor> inputs;
  Sizes sizes;
  for (const ValueId id : graph.inputs()) {
    const TypeInfo& type = graph.value(id).type;
    Shape shape;
    for (const Dim& dim : type.shape) shape.push_back(sizes.of(dim));
    const bool real = is_floating(type.dtype);
    inputs.push_back(
        random_values(type.dtype, shape, real ? -2 : 0, 2, static_cast<std::uint64_t>(id) + 1));
  }
  return inputs;
}

// The outputs, then what the updates assign.
Result<std::vector<Tensor>> results_of(Graph graph, std::span<const Tensor> inputs) {
  std::vector<ValueId> wanted(graph.outputs().begin(), graph.outputs().end());
  for (const VariableUpdate& update : graph.updates()) wanted.push_back(update.new_value);
  graph.set_outputs(std::move(wanted));
  return evaluate(graph, inputs);
}

void expect_same_results(const Graph& before, const Graph& after, std::string_view what) {
  const std::vector<Tensor> inputs = inputs_for(before);
  const Result<std::vector<Tensor>> expected = results_of(before, inputs);
  ASSERT_THAT(expected, IsOk()) << what;
  const Result<std::vector<Tensor>> found = results_of(after, inputs);
  ASSERT_THAT(found, IsOk()) << what << '\n' << to_text(after);
  ASSERT_EQ(found->size(), expected->size()) << what;
  for (std::size_t i = 0; i < expected->size(); ++i) {
    EXPECT_TRUE(all_close((*found)[i], (*expected)[i], {.relative = 2e-5, .absolute = 1e-5}))
        << what << ", result " << i << '\n'
        << to_text(after);
  }
}

// ------------------------------------------------------------------------------------ comparison

class Equivalence {
 public:
  Equivalence(const Graph& a, const Graph& b) : a_(a), b_(b) {}

  Status run() {
    TERN_TRY(same_lists(a_.inputs(), b_.inputs(), "inputs", true));
    TERN_TRY(same_region(kMainRegion, kMainRegion));
    if (a_.updates().size() != b_.updates().size()) return internal_error("other updates");
    for (std::size_t i = 0; i < a_.updates().size(); ++i) {
      TERN_TRY(same(a_.updates()[i].variable, b_.updates()[i].variable));
      TERN_TRY(same(a_.updates()[i].new_value, b_.updates()[i].new_value));
    }
    return {};
  }

 private:
  Status same_region(RegionId x, RegionId y) {
    const Region& p = a_.region(x);
    const Region& q = b_.region(y);
    TERN_TRY(same_lists(p.arguments, q.arguments, "arguments", false));
    TERN_TRY(same_lists(p.results, q.results, "results", x == kMainRegion));
    if (p.nodes.size() != q.nodes.size()) {
      return internal_error("{} nodes, not {}", p.nodes.size(), q.nodes.size());
    }
    return {};
  }

  Status same_lists(std::span<const ValueId> x, std::span<const ValueId> y, std::string_view what,
                    bool named) {
    if (x.size() != y.size()) return internal_error("{} {}, not {}", x.size(), what, y.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      TERN_TRY(same(x[i], y[i]));
      if (named && a_.value(x[i]).kind != ValueKind::kConstant &&
          a_.value(x[i]).name != b_.value(y[i]).name) {
        return internal_error("{} has the name {}, not {}", what, a_.value(x[i]).name,
                              b_.value(y[i]).name);
      }
    }
    return {};
  }

  Status same(ValueId x, ValueId y) {
    if (x == kNoValue || y == kNoValue) {
      return x == y ? Status() : internal_error("a value is left out on one side");
    }
    if (const auto found = pairs_.find(x); found != pairs_.end()) {
      return found->second == y ? Status()
                                : internal_error("{} stands in two places", a_.value(x).name);
    }
    pairs_.emplace(x, y);
    const ValueData& p = a_.value(x);
    const ValueData& q = b_.value(y);
    const auto where = [&] { return fmt::format("{} / {}", p.name, q.name); };
    if (p.kind != q.kind) return internal_error("{}: of different kinds", where());
    if (contradict(p.type, q.type)) return internal_error("{}: of different types", where());
    if (p.kind == ValueKind::kConstant) {
      pairs_.erase(x);  // one constant may stand for several
      const auto close = all_close(p.tensor, q.tensor);
      return close ? Status() : internal_error("{}: {}", where(), close.message());
    }
    if (p.kind == ValueKind::kVariable && p.name != q.name) {
      return internal_error("{}: other variables", where());
    }
    if (p.kind != ValueKind::kResult) return {};
    if (p.index != q.index) return internal_error("{}: other outputs", where());
    return same_node(a_.node(p.producer), b_.node(q.producer)).with_context(where());
  }

  Status same_node(const Node& p, const Node& q) {
    if (!(p.op == q.op)) return internal_error("{} or its attributes differ", p.op.name());
    if (p.inputs.size() != q.inputs.size() || p.regions.size() != q.regions.size()) {
      return internal_error("{} has {} inputs, not {}", p.op.name(), p.inputs.size(),
                            q.inputs.size());
    }
    for (std::size_t i = 0; i < p.inputs.size(); ++i) TERN_TRY(same(p.inputs[i], q.inputs[i]));
    for (std::size_t i = 0; i < p.regions.size(); ++i) {
      TERN_TRY(same_region(p.regions[i], q.regions[i]));
    }
    return {};
  }

  const Graph& a_;
  const Graph& b_;
  std::map<ValueId, ValueId> pairs_;
};

}  // namespace

Result<std::vector<PassCase>> read_pass_cases(const std::string& path) {
  TERN_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  std::vector<PassCase> cases;
  Piece piece;
  bool in_after = false;
  const auto finish = [&]() -> Status {
    if (cases.empty()) return {};
    PassCase& c = cases.back();
    if (in_after && c.unchanged) return {};
    TERN_ASSIGN_OR_RETURN((in_after ? c.after : c.before), parse_graph(piece.text, path));
    return {};
  };
  std::size_t number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    if (line.starts_with("=== ")) {
      if (!cases.empty() && !in_after) return invalid_argument("{}:{}: no '---'", path, number);
      TERN_TRY(finish());
      PassCase& c = cases.emplace_back();
      c.name = trim(line.substr(4));
      c.training = take_suffix(c.name, "(training)");
      c.random = take_suffix(c.name, "(random)");
      in_after = false;
      piece.begin(number);
    } else if (line.starts_with("---")) {
      if (cases.empty() || in_after) return invalid_argument("{}:{}: '---'", path, number);
      TERN_TRY(finish());
      cases.back().unchanged = trim(line.substr(3)) == "unchanged";
      in_after = true;
      piece.begin(number);
    } else {
      piece.add(line);
    }
  }
  TERN_TRY(finish());
  if (!in_after) return invalid_argument("{}: the last case has no '---'", path);
  return cases;
}

::testing::AssertionResult equivalent(const Graph& a, const Graph& b) {
  const Status status = Equivalence(a, b).run();
  if (status.ok()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << status.message();
}

void check_pass_case(const passes::Pass& pass, const PassCase& c) {
  SCOPED_TRACE(c.name);
  const passes::PassContext context{.inference = !c.training};
  Graph graph = c.before;
  const Result<bool> changed = pass.run(graph, context);
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(*changed, !c.unchanged);
  ASSERT_THAT(graph.sort(), IsOk());
  // What a rewrite leaves without a use, the pipeline removes after it.
  if (*changed) {
    ASSERT_THAT(passes::remove_dead_code(graph, context), IsOk());
  }
  ASSERT_THAT(verify(graph), IsOk()) << to_text(graph);
  if (c.unchanged) {
    EXPECT_TRUE(same_graph(graph, c.before)) << to_text(graph);
  } else {
    EXPECT_TRUE(equivalent(graph, c.after)) << to_text(graph);
  }
  Graph again = graph;
  const Result<bool> changed_again = pass.run(again, context);
  ASSERT_THAT(changed_again, IsOk());
  EXPECT_FALSE(*changed_again) << "the pass is not done after one run\n" << to_text(graph);

  Graph optimized = c.before;
  ASSERT_THAT(passes::optimize(optimized, context), IsOk());
  ASSERT_THAT(verify(optimized), IsOk()) << to_text(optimized);
  if (c.random) return;
  expect_same_results(c.before, graph, "after the pass");
  expect_same_results(c.before, optimized, "after all passes");
}

}  // namespace tern::testing

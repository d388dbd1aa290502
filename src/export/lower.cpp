#include "export/lower.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/errors.h"
#include "export/opset_rules.h"
#include "graph/op_def.h"
#include "ops/expand.h"

namespace tern::onnx {
namespace {

/// Expansions of expansions of ...: an operator that expands to itself is a bug, not a hang.
constexpr int kMaxRounds = 16;

class Lowering {
 public:
  Lowering(const Graph& graph, const ExportOptions& options) : options_(options) {
    result_.graph = graph;
  }

  Result<LoweredGraph> run() {
    TERN_TRY(choose_outputs());
    TERN_TRY(set_variables());
    for (int round = 0;; ++round) {
      mark_live();
      const std::vector<NodeId> foreign = foreign_nodes();
      if (foreign.empty()) break;
      TERN_TRY(check_expandable(foreign));
      if (round == kMaxRounds) return internal_error("operators expand without end");
      for (const NodeId node : foreign) {
        if (Status s = expand_node(result_.graph, node); !s.ok()) {
          return std::move(s).with_context(described(node));
        }
      }
      TERN_TRY(result_.graph.sort());
    }
    result_.opset = options_.opset != 0 ? options_.opset : needed_opset();
    return std::move(result_);
  }

 private:
  Status choose_outputs() {
    Graph& graph = result_.graph;
    std::vector<ValueId> chosen(graph.outputs().begin(), graph.outputs().end());
    if (!options_.outputs.empty()) {
      chosen.clear();
      for (const std::string& name : options_.outputs) {
        const ValueId value = graph.find(name);
        if (value == kNoValue) return invalid_argument("the graph has no value {}", name);
        chosen.push_back(value);
      }
    }
    if (chosen.empty()) return invalid_argument("the graph has no output");
    for (const ValueId value : chosen) result_.output_names.push_back(graph.value(value).name);
    graph.set_outputs(std::move(chosen));
    return {};
  }

  Status set_variables() {
    for (const auto& [name, tensor] : options_.variable_values) {
      const ValueId id = result_.graph.find(name);
      if (id == kNoValue || result_.graph.value(id).kind != ValueKind::kVariable) {
        return invalid_argument("the graph has no variable {}", name);
      }
      const Tensor& initial = result_.graph.value(id).tensor;
      if (tensor.dtype() != initial.dtype() || !(tensor.shape() == initial.shape())) {
        return invalid_argument("variable {} is {}{}, its value {}{}", name,
                                to_string(initial.dtype()), initial.shape().to_string(),
                                to_string(tensor.dtype()), tensor.shape().to_string());
      }
      result_.graph.make_constant(id, tensor);
    }
    return {};
  }

  /// Everything that an output needs; results of bodies count where their node does.
  void mark_live() {
    const Graph& graph = result_.graph;
    result_.live_nodes.assign(graph.node_count(), false);
    result_.live_values.assign(graph.value_count(), false);
    std::vector<ValueId> open(graph.outputs().begin(), graph.outputs().end());
    while (!open.empty()) {
      const ValueId value = open.back();
      open.pop_back();
      if (value == kNoValue || result_.live_values[static_cast<std::size_t>(value)]) continue;
      result_.live_values[static_cast<std::size_t>(value)] = true;
      const NodeId producer = graph.value(value).producer;
      if (producer == kNoNode || result_.live_nodes[static_cast<std::size_t>(producer)]) continue;
      result_.live_nodes[static_cast<std::size_t>(producer)] = true;
      const Node& node = graph.node(producer);
      open.insert(open.end(), node.inputs.begin(), node.inputs.end());
      for (const RegionId body : node.regions) {
        const std::vector<ValueId>& results = graph.region(body).results;
        open.insert(open.end(), results.begin(), results.end());
      }
    }
  }

  bool is_foreign(const Node& node) const {
    if (node.op.domain() == "tern") return true;
    return options_.opset != 0 && node.op.domain() == "ai.onnx" &&
           required_opset(result_.graph, node) > options_.opset;
  }

  std::vector<NodeId> foreign_nodes() const {
    std::vector<NodeId> foreign;
    for (std::size_t i = 0; i < result_.live_nodes.size(); ++i) {
      if (!result_.live_nodes[i]) continue;
      const auto id = static_cast<NodeId>(i);
      if (is_foreign(result_.graph.node(id))) foreign.push_back(id);
    }
    return foreign;
  }

  Status check_expandable(std::span<const NodeId> foreign) const {
    std::vector<std::string> problems;
    for (const NodeId id : foreign) {
      const Node& node = result_.graph.node(id);
      if (node.op.def().expand != nullptr) continue;
      const bool too_new = node.op.domain() != "tern";
      problems.push_back(too_new ? fmt::format("{} needs opset {}", described(id),
                                               required_opset(result_.graph, node))
                                 : fmt::format("{} is tern's own", described(id)));
    }
    if (problems.empty()) return {};
    return unimplemented("{} node{} cannot be written{}: {}", problems.size(),
                         problems.size() == 1 ? "" : "s",
                         options_.opset == 0 ? "" : fmt::format(" in opset {}", options_.opset),
                         fmt::join(problems, "; "));
  }

  std::string described(NodeId id) const {
    const Node& node = result_.graph.node(id);
    return node.name.empty() ? std::string(node.op.name())
                             : fmt::format("node {} ({})", node.name, node.op.name());
  }

  std::int64_t needed_opset() const {
    std::int64_t opset = kOldestExportOpset;
    for (std::size_t i = 0; i < result_.live_nodes.size(); ++i) {
      const Node& node = result_.graph.node(static_cast<NodeId>(i));
      if (result_.live_nodes[i] && node.op.domain() == "ai.onnx") {
        opset = std::max(opset, required_opset(result_.graph, node));
      }
    }
    return opset;
  }

  const ExportOptions& options_;
  LoweredGraph result_;
};

}  // namespace

Result<LoweredGraph> lower(const Graph& graph, const ExportOptions& options) {
  return Lowering(graph, options).run();
}

}  // namespace tern::onnx

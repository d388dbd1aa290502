#include "passes/common_subexpressions.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "graph/op_def.h"

namespace tern::passes {
namespace {

std::size_t hash_of(const Node& node) {
  std::size_t hash = std::hash<const OpDef*>()(&node.op.def());
  for (const ValueId id : node.inputs) hash = hash * 1000003 + static_cast<std::size_t>(id);
  return hash;
}

bool equal(const Node& a, const Node& b) {
  return a.inputs == b.inputs && a.outputs.size() == b.outputs.size() && a.op == b.op &&
         std::ranges::equal(a.outputs, b.outputs, [](ValueId x, ValueId y) {
           return (x == kNoValue) == (y == kNoValue);
         });
}

// A graph output must stay the result of its own node to keep its name.
bool has_root_output(const Graph& graph, const Node& node) {
  return std::ranges::any_of(node.outputs,
                             [&](ValueId id) { return id != kNoValue && graph.is_root_use(id); });
}

}  // namespace

Result<bool> merge_common_subexpressions(Graph& graph, const PassContext&) {
  bool changed = false;
  std::unordered_multimap<std::size_t, NodeId> seen;
  const std::vector<NodeId> order(graph.nodes().begin(), graph.nodes().end());
  for (const NodeId id : order) {
    const Node& node = graph.node(id);
    if (node.op.def().random || !node.regions.empty() || has_root_output(graph, node)) continue;
    const std::size_t hash = hash_of(node);
    const auto [first, last] = seen.equal_range(hash);
    const auto twin = std::find_if(
        first, last, [&](const auto& entry) { return equal(graph.node(entry.second), node); });
    if (twin == last) {
      seen.emplace(hash, id);
      continue;
    }
    const std::vector<ValueId> outputs = node.outputs;
    const std::vector<ValueId> kept = graph.node(twin->second).outputs;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] != kNoValue) graph.replace_uses(outputs[i], kept[i]);
    }
    graph.remove_node(id);
    changed = true;
  }
  return changed;
}

}  // namespace tern::passes

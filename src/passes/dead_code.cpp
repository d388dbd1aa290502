#include "passes/dead_code.h"

#include <vector>

namespace tern::passes {
namespace {

std::vector<bool> root_values(const Graph& graph) {
  std::vector<bool> root(graph.value_count(), false);
  for (std::size_t i = 0; i < graph.region_count(); ++i) {
    for (const ValueId id : graph.region(static_cast<RegionId>(i)).results) {
      root[static_cast<std::size_t>(id)] = true;
    }
  }
  for (const VariableUpdate& update : graph.updates()) {
    root[static_cast<std::size_t>(update.new_value)] = true;
  }
  return root;
}

}  // namespace

Result<bool> remove_dead_code(Graph& graph, const PassContext&) {
  std::vector<bool> root = root_values(graph);
  const auto is_dead = [&](const Node& node) {
    for (const ValueId id : node.outputs) {
      if (id == kNoValue) continue;
      if (root[static_cast<std::size_t>(id)] || !graph.value(id).users.empty()) return false;
    }
    return true;
  };
  // Users come after producers, so one walk from the back sees every node after its users are gone.
  bool changed = false;
  const std::vector<NodeId> order(graph.nodes().begin(), graph.nodes().end());
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    if (!is_dead(graph.node(*it))) continue;
    graph.remove_node(*it);
    // With its bodies their results go.
    if (!graph.node(*it).regions.empty()) root = root_values(graph);
    changed = true;
  }
  graph.drop_unused_constants();
  return changed;
}

}  // namespace tern::passes

#include "passes/canonical_form.h"

#include "passes/rewrite.h"
#include "tern/ops/math.h"

namespace tern::passes {
namespace {

// The binary operator that a variadic one is when it has two inputs.
std::optional<Op> binary_form(const Op& op) {
  if (op.is<ops::Sum>()) return ops::Add{};
  if (op.is<ops::Max>() || op.is<ops::Min>()) return op;
  return std::nullopt;
}

// Variadic operators on more than two inputs become a chain.
Result<bool> split_variadic(Graph& graph, NodeId id) {
  const std::optional<Op> binary = binary_form(graph.node(id).op);
  const std::vector<ValueId> inputs = graph.node(id).inputs;
  if (!binary || inputs.size() < 2) return false;
  if (inputs.size() == 2 && !graph.node(id).op.is<ops::Sum>()) return false;
  const std::string name = graph.node(id).name;
  const RegionId region = graph.node(id).parent;
  ValueId left = inputs[0];
  for (std::size_t i = 1; i + 1 < inputs.size(); ++i) {
    const ValueId pair[] = {left, inputs[i]};
    Result<NodeId> node = graph.add_node(*binary, pair, 1, name, {}, region);
    if (!node.ok()) return node.status();
    left = graph.node(*node).outputs[0];
  }
  const ValueId pair[] = {left, inputs.back()};
  if (Status s = replace_value(graph, graph.node(id).outputs[0], *binary, pair); !s.ok()) return s;
  return true;
}

}  // namespace

Result<bool> use_canonical_form(Graph& graph, const PassContext&) {
  bool changed = false;
  const std::vector<NodeId> order(graph.nodes().begin(), graph.nodes().end());
  for (const NodeId id : order) {
    Result<bool> rewritten = split_variadic(graph, id);
    if (!rewritten.ok()) return rewritten.status();
    changed = changed || *rewritten;
  }
  return changed;
}

}  // namespace tern::passes

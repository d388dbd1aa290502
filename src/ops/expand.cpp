#include "ops/expand.h"

#include "base/errors.h"
#include "graph/op_def.h"

namespace tern {

Status expand_node(Graph& graph, NodeId id) {
  const Node node = graph.node(id);  // a copy: adding nodes moves them
  const std::size_t first_new = graph.node_count();
  GraphBuilder builder(graph, node.parent);
  std::vector<Value> inputs;
  for (const ValueId input : node.inputs) {
    inputs.push_back(input == kNoValue ? Value() : Value(&builder, input));
  }
  ExpandContext context(builder, std::move(inputs), node.outputs.size());
  {
    const GraphBuilder::Scope scope = builder.scope(node.name.empty() ? node.op.name() : node.name);
    node.op.def().expand(node.op.attributes(), context);
  }
  TERN_TRY(builder.status());
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] == kNoValue) continue;
    if (!context.results()[i].present()) {
      return unimplemented("{} does not expand to its output {}", node.op.name(), i);
    }
    graph.replace_uses(node.outputs[i], context.results()[i].id());
  }
  std::vector<std::string> names;
  for (const ValueId output : node.outputs) {
    names.push_back(output == kNoValue ? "" : graph.value(output).name);
  }
  graph.remove_node(id);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) continue;
    const ValueId result = context.results()[i].id();
    const NodeId producer = graph.value(result).producer;
    const bool is_new = producer != kNoNode && static_cast<std::size_t>(producer) >= first_new;
    if (is_new) graph.rename(result, names[i]);
  }
  return {};
}

}  // namespace tern

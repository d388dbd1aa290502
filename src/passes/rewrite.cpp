#include "passes/rewrite.h"

#include <algorithm>

#include "base/errors.h"
#include "tensor/element.h"

namespace tern::passes {
namespace {

bool is_graph_output(const Graph& graph, ValueId id) {
  return std::ranges::find(graph.outputs(), id) != graph.outputs().end();
}

// Uses go from `old` to `value`; what others know `old` by goes along.
void redirect(Graph& graph, ValueId old, ValueId value) {
  const bool named = is_graph_output(graph, old) && graph.value(value).kind == ValueKind::kResult &&
                     !is_graph_output(graph, value);
  const std::string name = graph.value(old).name;
  graph.replace_uses(old, value);
  if (!named) return;
  graph.rename(old, name + ".replaced");
  graph.rename(value, name);
}

}  // namespace

const Node* producer_of(const Graph& graph, ValueId id) {
  if (id == kNoValue || graph.value(id).producer == kNoNode) return nullptr;
  return &graph.node(graph.value(id).producer);
}

NodeId only_user(const Graph& graph, ValueId id) {
  const std::vector<NodeId>& users = graph.value(id).users;
  if (users.size() != 1 || graph.is_root_use(id)) return kNoNode;
  return users.front();
}

Status replace_value(Graph& graph, ValueId old, Op op, std::span<const ValueId> inputs) {
  const NodeId old_node = graph.value(old).producer;
  const std::string name = graph.node(old_node).name;
  const RegionId region = graph.node(old_node).parent;
  TERN_ASSIGN_OR_RETURN(const NodeId node,
                        graph.add_node(std::move(op), inputs, 1, name, {}, region));
  bypass(graph, old_node, graph.node(node).outputs[0]);
  return {};
}

void bypass(Graph& graph, NodeId node, ValueId value) {
  redirect(graph, graph.node(node).outputs[0], value);
  graph.remove_node(node);
}

std::optional<std::vector<std::int64_t>> constant_ints(const Graph& graph, ValueId id) {
  const Tensor* tensor = graph.constant(id);
  if (tensor == nullptr || !is_integer(tensor->dtype())) return std::nullopt;
  const LoadI64 load = load_i64(tensor->dtype());
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < tensor->elements(); ++i) values.push_back(load(tensor->raw(), i));
  return values;
}

std::optional<double> constant_scalar(const Graph& graph, ValueId id) {
  const Tensor* tensor = graph.constant(id);
  if (tensor == nullptr || tensor->elements() != 1 || load_f64(tensor->dtype()) == nullptr) {
    return std::nullopt;
  }
  return load_f64(tensor->dtype())(tensor->raw(), 0);
}

bool same_shape(const TypeInfo& a, const TypeInfo& b) {
  return a.has_rank && b.has_rank &&
         std::ranges::equal(a.shape, b.shape,
                            [](const Dim& x, const Dim& y) { return same(x, y); });
}

}  // namespace tern::passes

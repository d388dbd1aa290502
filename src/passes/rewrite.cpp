#include "passes/rewrite.h"

#include <algorithm>

#include "base/errors.h"
#include "tensor/element.h"

namespace tern::passes {
namespace {

bool is_graph_output(const Graph& graph, ValueId id) {
  return std::ranges::find(graph.outputs(), id) != graph.outputs().end();
}

}  // namespace

void move_uses(Graph& graph, ValueId old, ValueId value) {
  const bool named = is_graph_output(graph, old) && graph.value(value).kind == ValueKind::kResult &&
                     !is_graph_output(graph, value);
  const std::string name = graph.value(old).name;
  graph.replace_uses(old, value);
  if (!named) return;
  graph.rename(old, name + ".replaced");
  graph.rename(value, name);
}

const Node* producer_of(const Graph& graph, ValueId id) {
  if (id == kNoValue || graph.value(id).producer == kNoNode) return nullptr;
  return &graph.node(graph.value(id).producer);
}

NodeId only_user(const Graph& graph, ValueId id) {
  const std::vector<NodeId>& users = graph.value(id).users;
  if (users.size() != 1 || graph.is_root_use(id)) return kNoNode;
  const NodeId producer = graph.value(id).producer;
  const RegionId home = producer == kNoNode ? kMainRegion : graph.node(producer).parent;
  return graph.node(users.front()).parent == home ? users.front() : kNoNode;
}

bool only_used_for(const Graph& graph, std::span<const ValueId> values, NodeId last) {
  const auto makes_one = [&](NodeId user) {
    return user == last || std::ranges::any_of(graph.node(user).outputs, [&](ValueId output) {
             return std::ranges::find(values, output) != values.end();
           });
  };
  return std::ranges::all_of(values, [&](ValueId id) {
    return !graph.is_root_use(id) && std::ranges::all_of(graph.value(id).users, makes_one);
  });
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

Status replace_expression(Graph& graph, ValueId old, Op op, std::span<const ValueId> inputs) {
  const std::vector<ValueId> under = graph.node(graph.value(old).producer).inputs;
  TERN_TRY(replace_value(graph, old, std::move(op), inputs));
  remove_unused(graph, under);
  return {};
}

void remove_unused(Graph& graph, std::span<const ValueId> values) {
  std::vector<ValueId> left(values.begin(), values.end());
  while (!left.empty()) {
    const ValueId id = left.back();
    left.pop_back();
    if (id == kNoValue || graph.value(id).producer == kNoNode) continue;
    const NodeId maker = graph.value(id).producer;
    const Node& node = graph.node(maker);
    const bool used = std::ranges::any_of(node.outputs, [&](ValueId output) {
      return output != kNoValue &&
             (!graph.value(output).users.empty() || graph.is_root_use(output));
    });
    if (node.removed || used || !node.regions.empty()) continue;
    left.insert(left.end(), node.inputs.begin(), node.inputs.end());
    graph.remove_node(maker);
  }
}

Result<bool> for_each_node(Graph& graph, Result<bool> (*rewrite)(Graph& graph, NodeId node)) {
  bool changed = false;
  const std::vector<NodeId> order(graph.nodes().begin(), graph.nodes().end());
  for (const NodeId id : order) {
    if (graph.node(id).removed) continue;
    Result<bool> rewritten = rewrite(graph, id);
    if (!rewritten.ok()) return rewritten.status().with_context(graph.node(id).name);
    changed = changed || *rewritten;
  }
  return changed;
}

void bypass(Graph& graph, NodeId node, ValueId value) {
  move_uses(graph, graph.node(node).outputs[0], value);
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

Result<ValueId> scalar_constant(Graph& graph, DType dtype, double value) {
  TERN_ASSIGN_OR_RETURN(Tensor tensor, Tensor::zeros(dtype, {}));
  store_f64(dtype)(tensor.mutable_raw(), 0, value);
  return graph.add_constant(std::move(tensor));
}

bool same_shape(const TypeInfo& a, const TypeInfo& b) {
  return a.has_rank && b.has_rank &&
         std::ranges::equal(a.shape, b.shape,
                            [](const Dim& x, const Dim& y) { return same(x, y); });
}

}  // namespace tern::passes

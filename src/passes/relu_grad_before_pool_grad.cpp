#include "passes/relu_grad_before_pool_grad.h"

#include "base/errors.h"
#include "ops/nn/window.h"
#include "passes/rewrite.h"
#include "tern/ops/math.h"
#include "tern/ops/nn.h"
#include "tern/ops/nn_grad.h"

namespace tern::passes {
namespace {

// The result of the MaxPool of `image` that `gradient` belongs to.
ValueId pooled(const Graph& graph, ValueId image, const Op& gradient) {
  for (const NodeId id : graph.value(image).users) {
    const Node& node = graph.node(id);
    const auto* pool = node.op.as<ops::MaxPool>();
    if (pool == nullptr || node.inputs[0] != image) continue;
    if (Op(ops::with_window_of<ops::MaxPoolGrad>(*pool)) == gradient) return node.outputs[0];
  }
  return kNoValue;
}

Result<bool> move(Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const Node* gradient = producer_of(graph, node.inputs[0]);
  if (gradient == nullptr || !gradient->op.is<ops::MaxPoolGrad>()) return false;
  const ValueId image = node.inputs[1];
  if (gradient->inputs[1] != image || only_user(graph, node.inputs[0]) != id) return false;
  const ValueId small = pooled(graph, image, gradient->op);
  if (small == kNoValue) return false;

  const NodeId old = graph.value(node.inputs[0]).producer;
  const Op pool_gradient = gradient->op;
  const ValueId masked_inputs[] = {gradient->inputs[0], small};
  TERN_ASSIGN_OR_RETURN(const NodeId masked, graph.add_node(ops::ReluGrad{}, masked_inputs, 1,
                                                            node.name, {}, node.parent));
  const ValueId inputs[] = {graph.node(masked).outputs[0], image};
  TERN_TRY(replace_value(graph, graph.node(id).outputs[0], pool_gradient, inputs));
  graph.remove_node(old);
  return true;
}

}  // namespace

Result<bool> move_relu_grad_before_pool_grad(Graph& graph, const PassContext&) {
  bool changed = false;
  const std::vector<NodeId> order(graph.nodes().begin(), graph.nodes().end());
  for (const NodeId id : order) {
    if (graph.node(id).removed || !graph.node(id).op.is<ops::ReluGrad>()) continue;
    Result<bool> moved = move(graph, id);
    if (!moved.ok()) return moved.status().with_context(graph.node(id).name);
    changed = changed || *moved;
  }
  return changed;
}

}  // namespace tern::passes

#include "passes/constant_folding.h"

#include <algorithm>

#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/evaluate.h"
#include "ops/fold.h"

namespace tern::passes {
namespace {

constexpr std::size_t kSmallBytes = 1024;  // what may grow in any case

std::size_t bytes_of(std::span<const Tensor* const> tensors) {
  std::size_t bytes = 0;
  for (const Tensor* tensor : tensors) bytes += tensor == nullptr ? 0 : tensor->bytes();
  return bytes;
}

// The node's results, when they can be told now.
Result<std::vector<Tensor>> try_fold(const Graph& graph, const Node& node,
                                     const PassContext& context) {
  std::vector<const Tensor*> inputs;
  FoldContext fold;
  bool all_constant = true;
  bool ranks_known = true;
  for (const ValueId id : node.inputs) {
    inputs.push_back(graph.constant(id));
    all_constant = all_constant && (id == kNoValue || inputs.back() != nullptr);
    fold.in.push_back(id == kNoValue ? TypeInfo() : graph.value(id).type);
    ranks_known = ranks_known && (id == kNoValue || fold.in.back().has_rank);
  }
  const OpDef& def = node.op.def();
  if (def.fold != nullptr && ranks_known && def.fold(node.op.attributes(), fold)) {
    return std::move(fold.out);
  }
  if (!all_constant || node.inputs.empty() || def.random || !node.regions.empty()) {
    return std::vector<Tensor>();
  }
  std::size_t limit = context.fold_limit_bytes;
  if (!context.fold_growing) limit = std::min(limit, std::max(kSmallBytes, bytes_of(inputs)));
  for (const ValueId id : node.outputs) {
    if (id == kNoValue) continue;
    const TypeInfo& type = graph.value(id).type;
    if (def.data_dependent) continue;
    if (!type.concrete()) return std::vector<Tensor>();
    const Shape shape = type.concrete_shape();
    if (storage_bytes(type.dtype, shape.elements()) > limit) return std::vector<Tensor>();
  }
  return evaluate_op(node.op, inputs, node.outputs.size());
}

}  // namespace

Result<bool> fold_constants(Graph& graph, const PassContext& context) {
  bool changed = false;
  const std::vector<NodeId> order(graph.nodes().begin(), graph.nodes().end());
  for (const NodeId id : order) {
    const std::vector<ValueId> outputs = graph.node(id).outputs;
    Result<std::vector<Tensor>> folded = try_fold(graph, graph.node(id), context);
    if (!folded.ok()) return folded.status().with_context(graph.node(id).name);
    if (folded->empty()) continue;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] == kNoValue) continue;
      // The constant has the name: a graph output may be known by it.
      const std::string name = graph.value(outputs[i]).name;
      graph.rename(outputs[i], name + ".folded");
      const ValueId constant = graph.add_constant(std::move((*folded)[i]), name);
      graph.replace_uses(outputs[i], constant);
    }
    graph.remove_node(id);
    changed = true;
  }
  return changed;
}

}  // namespace tern::passes

#include "passes/remove_no_ops.h"

#include "passes/rewrite.h"
#include "tern/ops/nn.h"
#include "tern/ops/reduce.h"
#include "tern/ops/tensor.h"

namespace tern::passes {
namespace {

bool is_identity_order(const std::vector<std::int64_t>& perm) {
  for (std::size_t i = 0; i < perm.size(); ++i) {
    if (perm[i] != static_cast<std::int64_t>(i)) return false;
  }
  return !perm.empty();
}

bool only_first_output_used(const Graph& graph, const Node& node) {
  for (std::size_t i = 1; i < node.outputs.size(); ++i) {
    const ValueId id = node.outputs[i];
    if (id != kNoValue && (!graph.value(id).users.empty() || graph.is_root_use(id))) return false;
  }
  return true;
}

// Dropout passes its input through unless training_mode (input 2) is true.
bool is_inactive_dropout(const Graph& graph, const Node& node) {
  if (!node.op.is<ops::Dropout>() || !only_first_output_used(graph, node)) return false;
  const ValueId mode = input_of(node, 2);
  if (mode == kNoValue) return true;
  const std::optional<double> training = constant_scalar(graph, mode);
  return training.has_value() && *training == 0.0;
}

bool is_no_op(const Graph& graph, const Node& node) {
  if (node.op.name() == "Identity" && node.op.domain() == "ai.onnx") return true;
  if (is_inactive_dropout(graph, node)) return true;
  if (const auto* transpose = node.op.as<ops::Transpose>()) {
    return is_identity_order(transpose->perm);
  }
  const TypeInfo& in = graph.value(node.inputs[0]).type;
  const TypeInfo& out = graph.value(node.outputs[0]).type;
  if (node.op.name() == "Cast") return in.dtype != DType::kUndefined && in.dtype == out.dtype;
  if (node.op.is<ops::Reshape>() || node.op.is<ops::SumToLike>()) return same_shape(in, out);
  if (node.op.is<ops::BroadcastToLike>()) return same_shape(in, out);
  return false;
}

}  // namespace

Result<bool> remove_no_ops(Graph& graph, const PassContext&) {
  bool changed = false;
  const std::vector<NodeId> order(graph.nodes().begin(), graph.nodes().end());
  for (const NodeId id : order) {
    const Node& node = graph.node(id);
    if (node.inputs.empty() || node.inputs[0] == kNoValue || node.outputs[0] == kNoValue) continue;
    if (!is_no_op(graph, node)) continue;
    // An output of the graph must come from a node of its own: an input or constant cannot take
    // over its name.
    const ValueId source = node.inputs[0];
    if (graph.is_root_use(node.outputs[0]) &&
        (graph.value(source).kind != ValueKind::kResult || graph.is_root_use(source))) {
      continue;
    }
    bypass(graph, id, source);
    changed = true;
  }
  return changed;
}

}  // namespace tern::passes

#include "passes/fuse_linear.h"

#include "base/errors.h"
#include "passes/rewrite.h"
#include "tern/ops/fused.h"
#include "tern/ops/fused_grad.h"
#include "tern/ops/math.h"

namespace tern::passes {
namespace {

// Weights: constants and what training changes. Other matrices are made anew in every run.
bool is_weight(const Graph& graph, ValueId id) {
  return graph.constant(id) != nullptr || graph.value(id).kind == ValueKind::kVariable;
}

bool is_f32_matrix(const Graph& graph, ValueId id) {
  const TypeInfo& type = graph.value(id).type;
  return type.dtype == DType::kF32 && type.has_rank && type.rank() == 2;
}

// A bias is a vector of one number per column of the weight.
bool is_bias_for(const Graph& graph, ValueId bias, ValueId weight, bool trans_b) {
  const TypeInfo& type = graph.value(bias).type;
  if (type.dtype != DType::kF32 || !type.has_rank || type.rank() != 1) return false;
  return same(type.shape[0], graph.value(weight).type.shape[trans_b ? 0 : 1]);
}

Result<bool> from_matmul(Graph& graph, const Node& node) {
  const TypeInfo& a = graph.value(node.inputs[0]).type;
  if (!is_f32_matrix(graph, node.inputs[1]) || !a.has_rank || a.rank() < 1) return false;
  if (!is_weight(graph, node.inputs[1])) return false;
  const std::vector<ValueId> inputs = node.inputs;
  TERN_TRY(replace_value(graph, node.outputs[0], ops::Linear{}, inputs));
  return true;
}

Result<bool> from_transposed_matmul(Graph& graph, const Node& node) {
  const auto& product = *node.op.as<ops::TransposedMatMul>();
  if (product.trans_a || product.alpha != 1.0F) return false;
  const TypeInfo& a = graph.value(node.inputs[0]).type;
  if (!is_f32_matrix(graph, node.inputs[1]) || !a.has_rank) return false;
  if (!is_weight(graph, node.inputs[1])) return false;
  const std::vector<ValueId> inputs = node.inputs;
  TERN_TRY(replace_value(graph, node.outputs[0], ops::Linear{.trans_b = product.trans_b}, inputs));
  return true;
}

Result<bool> from_gemm(Graph& graph, const Node& node) {
  const auto& gemm = *node.op.as<ops::Gemm>();
  if (gemm.transA || gemm.alpha != 1.0f || !is_f32_matrix(graph, node.inputs[1])) return false;
  std::vector<ValueId> inputs(node.inputs.begin(), node.inputs.begin() + 2);
  if (const ValueId bias = input_of(node, 2); bias != kNoValue) {
    if (gemm.beta != 1.0f || !is_bias_for(graph, bias, inputs[1], gemm.transB)) return false;
    inputs.push_back(bias);
  }
  TERN_TRY(replace_value(graph, node.outputs[0], ops::Linear{.trans_b = gemm.transB}, inputs));
  return true;
}

// Add(Linear(x, w), bias)
Result<bool> add_bias(Graph& graph, const Node& node) {
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const ValueId product = node.inputs[side];
    const ValueId bias = node.inputs[1 - side];
    const Node* linear = producer_of(graph, product);
    if (linear == nullptr || !linear->op.is<ops::Linear>() || linear->inputs.size() != 2) continue;
    const auto& attributes = *linear->op.as<ops::Linear>();
    if (attributes.activation != ops::Activation::kNone) continue;
    if (only_user(graph, product) == kNoNode) continue;
    if (!is_bias_for(graph, bias, linear->inputs[1], attributes.trans_b)) continue;
    const NodeId old = graph.value(product).producer;
    const ValueId inputs[] = {linear->inputs[0], linear->inputs[1], bias};
    TERN_TRY(replace_value(graph, node.outputs[0], attributes, inputs));
    graph.remove_node(old);
    return true;
  }
  return false;
}

}  // namespace

Result<bool> fuse_linear(Graph& graph, const PassContext&) {
  bool changed = false;
  const std::vector<NodeId> order(graph.nodes().begin(), graph.nodes().end());
  for (const NodeId id : order) {
    const Node& node = graph.node(id);
    if (node.removed) continue;
    Result<bool> fused = node.op.is<ops::MatMul>()             ? from_matmul(graph, node)
                         : node.op.is<ops::TransposedMatMul>() ? from_transposed_matmul(graph, node)
                         : node.op.is<ops::Gemm>()             ? from_gemm(graph, node)
                         : node.op.is<ops::Add>()              ? add_bias(graph, node)
                                                               : Result<bool>(false);
    if (!fused.ok()) return fused.status().with_context(graph.node(id).name);
    changed = changed || *fused;
  }
  return changed;
}

}  // namespace tern::passes

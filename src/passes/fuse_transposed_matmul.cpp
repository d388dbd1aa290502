#include "passes/fuse_transposed_matmul.h"

#include "base/errors.h"
#include "passes/rewrite.h"
#include "tern/ops/fused_grad.h"
#include "tern/ops/math.h"
#include "tern/ops/tensor.h"

namespace tern::passes {
namespace {

bool is_f32_stack(const Graph& graph, ValueId id) {
  const TypeInfo& type = graph.value(id).type;
  return type.dtype == DType::kF32 && type.has_rank && type.rank() >= 2;
}

// What a Transpose that exchanges the last two axes reads; kNoValue for anything else.
ValueId before_exchange(const Graph& graph, ValueId id) {
  const Node* node = producer_of(graph, id);
  if (node == nullptr) return kNoValue;
  const auto* transpose = node->op.as<ops::Transpose>();
  if (transpose == nullptr || transpose->perm.size() < 2) return kNoValue;
  const auto rank = static_cast<std::int64_t>(transpose->perm.size());
  for (std::int64_t axis = 0; axis < rank; ++axis) {
    const std::int64_t from = axis < rank - 2 ? axis : axis == rank - 2 ? rank - 1 : rank - 2;
    if (transpose->perm[static_cast<std::size_t>(axis)] != from) return kNoValue;
  }
  return node->inputs[0];
}

// The product that a node computes, if it is one.
std::optional<ops::TransposedMatMul> product_of(const Node& node) {
  if (node.op.is<ops::MatMul>()) return ops::TransposedMatMul{};
  if (const auto* product = node.op.as<ops::TransposedMatMul>()) return *product;
  return std::nullopt;
}

Result<bool> take_in_operands(Graph& graph, const Node& node) {
  std::optional<ops::TransposedMatMul> product = product_of(node);
  if (!product || !is_f32_stack(graph, node.inputs[0]) || !is_f32_stack(graph, node.inputs[1])) {
    return false;
  }
  std::vector<ValueId> inputs = node.inputs;
  bool changed = false;
  bool* const flags[] = {&product->trans_a, &product->trans_b};
  for (std::size_t i = 0; i < 2; ++i) {
    const ValueId source = before_exchange(graph, inputs[i]);
    if (source == kNoValue) continue;
    inputs[i] = source;
    *flags[i] = !*flags[i];
    changed = true;
  }
  if (!changed) return false;
  TERN_TRY(replace_value(graph, node.outputs[0], *product, inputs));
  return true;
}

// Mul(product, number), Mul(number, product) and Div(product, number).
Result<bool> take_in_factor(Graph& graph, const Node& node) {
  const bool divides = node.op.is<ops::Div>();
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    if (divides && side == 1) break;
    const ValueId result = node.inputs[side];
    const Node* producer = producer_of(graph, result);
    if (producer == nullptr || only_user(graph, result) == kNoNode) continue;
    std::optional<ops::TransposedMatMul> product = product_of(*producer);
    const std::optional<double> factor = constant_scalar(graph, node.inputs[1 - side]);
    if (!product || !factor || (divides && *factor == 0) ||
        !same_shape(graph.value(result).type, graph.value(node.outputs[0]).type)) {
      continue;
    }
    if (!is_f32_stack(graph, producer->inputs[0]) || !is_f32_stack(graph, producer->inputs[1])) {
      continue;
    }
    product->alpha = static_cast<float>(divides ? double{product->alpha} / *factor
                                                : double{product->alpha} * *factor);
    const NodeId old = graph.value(result).producer;
    const std::vector<ValueId> inputs = producer->inputs;
    TERN_TRY(replace_value(graph, node.outputs[0], *product, inputs));
    graph.remove_node(old);
    return true;
  }
  return false;
}

}  // namespace

Result<bool> fuse_transposed_matmul(Graph& graph, const PassContext&) {
  bool changed = false;
  const std::vector<NodeId> order(graph.nodes().begin(), graph.nodes().end());
  for (const NodeId id : order) {
    const Node& node = graph.node(id);
    if (node.removed) continue;
    Result<bool> fused = node.op.is<ops::Mul>() || node.op.is<ops::Div>()
                             ? take_in_factor(graph, node)
                             : take_in_operands(graph, node);
    if (!fused.ok()) return fused.status().with_context(graph.node(id).name);
    changed = changed || *fused;
  }
  return changed;
}

}  // namespace tern::passes

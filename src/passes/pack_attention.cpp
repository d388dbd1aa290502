#include "passes/pack_attention.h"

#include <algorithm>

#include "base/errors.h"
#include "passes/rewrite.h"
#include "tern/ops/nn.h"
#include "tern/ops/tensor.h"

namespace tern::passes {
namespace {

bool exchanges_heads_and_length(const Node* node) {
  const auto* transpose = node == nullptr ? nullptr : node->op.as<ops::Transpose>();
  return transpose != nullptr && transpose->perm == std::vector<std::int64_t>{0, 2, 1, 3};
}

// [N, length, heads, size] and [N, length, heads * size] of the same elements.
bool splits_heads(const TypeInfo& packed, const TypeInfo& split) {
  if (!packed.has_rank || packed.rank() != 3 || !split.has_rank || split.rank() != 4) return false;
  const Dim& heads = split.shape[2];
  const Dim& size = split.shape[3];
  return same(packed.shape[0], split.shape[0]) && same(packed.shape[1], split.shape[1]) &&
         heads.known() && size.known() && packed.shape[2].known() && heads.value() > 0 &&
         packed.shape[2].value() / heads.value() == size.value() &&
         packed.shape[2].value() % heads.value() == 0;
}

// What `heads`, [N, heads, length, size], was before its heads were split off; or kNoValue.
ValueId packed_source(const Graph& graph, ValueId heads) {
  const Node* transpose = producer_of(graph, heads);
  if (!exchanges_heads_and_length(transpose)) return kNoValue;
  const Node* reshape = producer_of(graph, transpose->inputs[0]);
  if (reshape == nullptr || !reshape->op.is<ops::Reshape>()) return kNoValue;
  const ValueId source = reshape->inputs[0];
  const bool splits = splits_heads(graph.value(source).type, graph.value(reshape->outputs[0]).type);
  return splits ? source : kNoValue;
}

// The value that joins the heads of `heads` again, if that is all that is done with it.
ValueId packed_result(const Graph& graph, ValueId heads) {
  const NodeId transpose = only_user(graph, heads);
  if (transpose == kNoNode || !exchanges_heads_and_length(&graph.node(transpose))) return kNoValue;
  const ValueId rows = graph.node(transpose).outputs[0];
  const NodeId reshape = only_user(graph, rows);
  if (reshape == kNoNode || !graph.node(reshape).op.is<ops::Reshape>() ||
      graph.node(reshape).inputs[0] != rows) {
    return kNoValue;
  }
  const ValueId result = graph.node(reshape).outputs[0];
  return splits_heads(graph.value(result).type, graph.value(rows).type) ? result : kNoValue;
}

Result<bool> pack(Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const auto* found = node.op.as<ops::Attention>();
  if (found == nullptr || node.outputs.size() != 1 || node.inputs.size() > 4) return false;
  std::vector<ValueId> inputs = node.inputs;
  for (std::size_t i = 0; i < 3; ++i) {
    inputs[i] = packed_source(graph, node.inputs[i]);
    if (inputs[i] == kNoValue) return false;
  }
  const ValueId result = packed_result(graph, node.outputs[0]);
  if (result == kNoValue) return false;
  ops::Attention attention = *found;
  attention.q_num_heads = graph.value(node.inputs[0]).type.shape[1].value();
  attention.kv_num_heads = graph.value(node.inputs[1]).type.shape[1].value();
  TERN_TRY(replace_expression(graph, result, attention, inputs));
  return true;
}

}  // namespace

Result<bool> pack_attention(Graph& graph, const PassContext&) { return for_each_node(graph, pack); }

}  // namespace tern::passes

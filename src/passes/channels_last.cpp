#include "passes/channels_last.h"

#include "base/errors.h"
#include "passes/rewrite.h"
#include "tern/ops/fused.h"
#include "tern/ops/nn.h"
#include "tern/ops/reduce.h"
#include "tern/ops/tensor.h"

namespace tern::passes {
namespace {

// Axis orders that move the channels of a rank-n image to the end and back to axis 1.
std::vector<std::int64_t> to_last(int rank) {
  std::vector<std::int64_t> perm{0};
  for (int axis = 2; axis < rank; ++axis) perm.push_back(axis);
  perm.push_back(1);
  return perm;
}

std::vector<std::int64_t> to_second(int rank) {
  std::vector<std::int64_t> perm{0, rank - 1};
  for (int axis = 1; axis < rank - 1; ++axis) perm.push_back(axis);
  return perm;
}

// Attributes that a plain window operator and its channels-last form have in common.
template <class To, class From>
To with_window(const From& from) {
  To to;
  to.auto_pad = from.auto_pad;
  to.dilations = from.dilations;
  to.kernel_shape = from.kernel_shape;
  to.pads = from.pads;
  to.strides = from.strides;
  return to;
}

// The channels-last operator that stands for the node, if it has one.
std::optional<Op> channels_last_form(const Node& node) {
  if (const auto* conv = node.op.as<ops::Conv>()) {
    auto to = with_window<ops::NhwcConv>(*conv);
    to.group = conv->group;
    return to;
  }
  if (const auto* pool = node.op.as<ops::MaxPool>()) {
    if (node.outputs.size() > 1 && node.outputs[1] != kNoValue) return std::nullopt;
    auto to = with_window<ops::NhwcMaxPool>(*pool);
    to.ceil_mode = pool->ceil_mode;
    return to;
  }
  if (const auto* pool = node.op.as<ops::AveragePool>()) {
    auto to = with_window<ops::NhwcAveragePool>(*pool);
    to.ceil_mode = pool->ceil_mode;
    to.count_include_pad = pool->count_include_pad;
    return to;
  }
  if (node.op.is<ops::GlobalAveragePool>()) return ops::ReduceMean{.keepdims = true};
  return std::nullopt;
}

Result<bool> rewrite(Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  std::optional<Op> form = channels_last_form(node);
  if (!form) return false;
  const TypeInfo& image = graph.value(node.inputs[0]).type;
  if (image.dtype != DType::kF32 || !image.has_rank || image.rank() != 4) return false;

  // Adding nodes moves the tables that `node` and `image` refer to.
  const int rank = image.rank();
  const std::string name = node.name;
  const RegionId region = node.parent;
  std::vector<ValueId> inputs = node.inputs;
  const ValueId old = node.outputs[0];
  const ValueId image_in[] = {inputs[0]};
  TERN_ASSIGN_OR_RETURN(const NodeId before, graph.add_node(ops::Transpose{.perm = to_last(rank)},
                                                            image_in, 1, name, {}, region));
  inputs[0] = graph.node(before).outputs[0];
  if (form->is<ops::ReduceMean>()) {
    inputs.push_back(graph.add_constant(Tensor::vector<std::int64_t>({1, 2}), name + ".axes"));
  }
  TERN_ASSIGN_OR_RETURN(const NodeId body,
                        graph.add_node(std::move(*form), inputs, 1, name, {}, region));
  const ValueId result[] = {graph.node(body).outputs[0]};
  TERN_TRY(replace_value(graph, old, ops::Transpose{.perm = to_second(rank)}, result));
  return true;
}

}  // namespace

Result<bool> assign_channels_last(Graph& graph, const PassContext&) {
  bool changed = false;
  const std::vector<NodeId> order(graph.nodes().begin(), graph.nodes().end());
  for (const NodeId id : order) {
    Result<bool> rewritten = rewrite(graph, id);
    if (!rewritten.ok()) return rewritten.status().with_context(graph.node(id).name);
    changed = changed || *rewritten;
  }
  return changed;
}

}  // namespace tern::passes

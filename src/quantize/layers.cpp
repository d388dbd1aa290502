#include "quantize/layers.h"

#include "base/glob.h"
#include "passes/rewrite.h"
#include "tern/ops/math.h"
#include "tern/ops/nn.h"

namespace tern::quant {
namespace {

using passes::input_of;

bool is_f32(const Graph& graph, ValueId id) {
  return id != kNoValue && graph.value(id).type.dtype == DType::kF32;
}

const Tensor* f32_constant(const Graph& graph, ValueId id) {
  return is_f32(graph, id) ? graph.constant(id) : nullptr;
}

bool is_plain(const ops::Gemm& gemm) {
  return !gemm.transA && gemm.alpha == 1.0F && gemm.beta == 1.0F;
}

// A bias that a layer can take along: nullopt where it has one of another kind.
std::optional<ValueId> bias_of(const Graph& graph, const Node& node, std::int64_t channels) {
  const ValueId id = input_of(node, 2);
  if (id == kNoValue) return id;
  const Tensor* bias = f32_constant(graph, id);
  if (bias == nullptr || bias->rank() != 1 || bias->elements() != channels) return std::nullopt;
  return id;
}

std::optional<Layer> layer_of(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const bool conv = node.op.is<ops::Conv>();
  const auto* gemm = node.op.as<ops::Gemm>();
  if (!conv && gemm == nullptr && !node.op.is<ops::MatMul>()) return std::nullopt;
  if (gemm != nullptr && !is_plain(*gemm)) return std::nullopt;
  const Tensor* weight = f32_constant(graph, node.inputs[1]);
  if (weight == nullptr || weight->elements() == 0 || !is_f32(graph, node.inputs[0])) {
    return std::nullopt;
  }
  if (!conv && weight->rank() != 2) return std::nullopt;
  Layer layer{.node = id,
              .input = node.inputs[0],
              .weight = node.inputs[1],
              .output = node.outputs[0],
              .channel_axis = conv || (gemm != nullptr && gemm->transB) ? 0 : 1};
  if (conv || gemm != nullptr) {
    const auto bias = bias_of(graph, node, weight->dim(layer.channel_axis));
    if (!bias) return std::nullopt;
    layer.bias = *bias;
  }
  return layer;
}

}  // namespace

std::vector<Layer> find_layers(const Graph& graph, std::string_view keep) {
  std::vector<Layer> layers;
  for (const NodeId id : graph.nodes()) {
    std::optional<Layer> layer = layer_of(graph, id);
    if (layer && !is_selected(keep, name_of(graph, id))) layers.push_back(*layer);
  }
  return layers;
}

bool is_product(const Graph& graph, const Layer& layer) {
  return !graph.node(layer.node).op.is<ops::Conv>();
}

std::string name_of(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  return node.name.empty() ? graph.value(node.outputs[0]).name : node.name;
}

void redirect_uses(Graph& graph, std::span<const NodeId> users, ValueId from, ValueId to) {
  for (const NodeId user : users) {
    const std::vector<ValueId> inputs = graph.node(user).inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] == from) graph.set_input(user, i, to);
    }
  }
}

ValueId end_of_layer(const Graph& graph, ValueId result) {
  const auto next = [&]() -> const Node* {
    const NodeId user = passes::only_user(graph, result);
    return user == kNoNode ? nullptr : &graph.node(user);
  };
  const Node* node = next();
  if (node != nullptr && node->op.is<ops::Add>()) {
    const std::size_t other = node->inputs[0] == result ? 1 : 0;
    if (graph.constant(node->inputs[other]) == nullptr) return result;
    result = node->outputs[0];
    node = next();
  }
  if (node == nullptr || node->inputs[0] != result) return result;
  const bool limits = node->op.is<ops::Relu>() || node->op.is<ops::Clip>();
  return limits ? node->outputs[0] : result;
}

}  // namespace tern::quant

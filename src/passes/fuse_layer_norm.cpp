#include "passes/fuse_layer_norm.h"

#include <array>

#include "base/errors.h"
#include "passes/normalization.h"
#include "passes/rewrite.h"
#include "tern/ops/math.h"
#include "tern/ops/nn.h"

namespace tern::passes {
namespace {

struct LayerNorm {
  ValueId x = kNoValue;
  ValueId scale = kNoValue;
  ValueId bias = kNoValue;
  ValueId result = kNoValue;
  int axes = 0;
  double epsilon = 0;
};

// d / sqrt(mean(d^2) + epsilon), then scale and bias where they follow.
std::optional<LayerNorm> match_plain(const Graph& graph, const Node& node) {
  std::optional<Normalized> n = match_normalized(graph, node);
  if (!n) return std::nullopt;
  LayerNorm norm{.result = node.outputs[0], .axes = n->axes, .epsilon = n->epsilon};
  norm.x = match_centred(graph, n->numerator, n->axes, n->inner);
  if (norm.x == kNoValue) return std::nullopt;
  if (n->squared != n->numerator && match_centred(graph, n->squared, n->axes, n->inner) != norm.x) {
    return std::nullopt;
  }
  if (!only_used_for(graph, n->inner, graph.value(norm.result).producer)) return std::nullopt;
  norm.scale = parameter_above(graph, ops::Mul{}, norm.x, norm.axes, norm.result);
  norm.bias = parameter_above(graph, ops::Add{}, norm.x, norm.axes, norm.result);
  return norm;
}

// The two operands of a product, either of which may be the one asked for.
std::optional<std::array<ValueId, 2>> factors(const Graph& graph, ValueId id) {
  const Node* node = producer_of(graph, id);
  if (node == nullptr || !node->op.is<ops::Mul>()) return std::nullopt;
  return std::array{node->inputs[0], node->inputs[1]};
}

// f = scale / sqrt(...), or without a scale.
std::optional<Normalized> match_factor(const Graph& graph, ValueId f, ValueId& scale) {
  if (std::optional<Normalized> n = match_inverse_root(graph, f)) return n;
  const auto parts = factors(graph, f);
  if (!parts) return std::nullopt;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    std::optional<Normalized> n = match_inverse_root(graph, (*parts)[side]);
    if (!n) continue;
    scale = (*parts)[1 - side];
    n->inner.push_back(f);
    return n;
  }
  return std::nullopt;
}

// x f + (bias - mean(x) f)
std::optional<LayerNorm> match_spread(const Graph& graph, const Node& node, std::size_t side) {
  const auto product = factors(graph, node.inputs[side]);
  const Node* rest = producer_of(graph, node.inputs[1 - side]);
  if (!product || rest == nullptr || !rest->op.is<ops::Sub>()) return std::nullopt;
  const auto shift = factors(graph, rest->inputs[1]);
  if (!shift) return std::nullopt;
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    for (const std::size_t k : {std::size_t{0}, std::size_t{1}}) {
      if ((*product)[i] != (*shift)[k]) continue;
      LayerNorm norm{.x = (*product)[1 - i], .bias = rest->inputs[0], .result = node.outputs[0]};
      std::optional<Normalized> n = match_factor(graph, (*product)[i], norm.scale);
      if (!n || match_mean(graph, (*shift)[1 - k], n->axes) != norm.x) continue;
      n->inner.insert(n->inner.end(),
                      {node.inputs[0], node.inputs[1], rest->inputs[1], (*shift)[1 - k]});
      if (match_centred(graph, n->squared, n->axes, n->inner) != norm.x) continue;
      norm.axes = n->axes;
      norm.epsilon = n->epsilon;
      const bool fits =
          is_parameter(graph, norm.bias, norm.x, norm.axes) &&
          (norm.scale == kNoValue || is_parameter(graph, norm.scale, norm.x, norm.axes));
      if (fits && only_used_for(graph, n->inner, graph.value(norm.result).producer)) return norm;
    }
  }
  return std::nullopt;
}

std::optional<LayerNorm> match(const Graph& graph, const Node& node) {
  if (!node.op.is<ops::Add>()) return match_plain(graph, node);
  std::optional<LayerNorm> norm = match_spread(graph, node, 0);
  return norm ? norm : match_spread(graph, node, 1);
}

Result<bool> fuse(Graph& graph, NodeId id) {
  std::optional<LayerNorm> norm = match(graph, graph.node(id));
  if (!norm || !is_floating(graph.value(norm->x).type.dtype)) return false;
  if (norm->scale == kNoValue) {
    TERN_ASSIGN_OR_RETURN(norm->scale, unit_scale(graph, norm->x, norm->axes));
  }
  std::vector<ValueId> inputs{norm->x, norm->scale};
  if (norm->bias != kNoValue) inputs.push_back(norm->bias);
  TERN_TRY(replace_expression(
      graph, norm->result,
      ops::LayerNormalization{.axis = -norm->axes,
                              .epsilon = static_cast<float>(norm->epsilon),
                              .stash_type = stash_type_for(graph.value(norm->x).type.dtype)},
      inputs));
  return true;
}

}  // namespace

Result<bool> fuse_layer_norm(Graph& graph, const PassContext&) {
  return for_each_node(graph, fuse);
}

}  // namespace tern::passes

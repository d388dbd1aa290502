#include "passes/fuse_conv_bn.h"

#include <cmath>

#include "base/errors.h"
#include "base/file.h"
#include "passes/rewrite.h"
#include "tern/ops/nn.h"

namespace tern::passes {
namespace {

// A normalisation over output channels as y = x * scale + shift, in f32.
struct ChannelAffine {
  std::vector<float> scale;
  std::vector<float> shift;
};

std::optional<ChannelAffine> affine_of(const Graph& graph, const Node& node,
                                       std::int64_t channels) {
  const auto* bn = node.op.as<ops::BatchNormalization>();
  if (bn == nullptr || bn->training_mode) return std::nullopt;
  const float* parameter[4];
  for (std::size_t i = 0; i < 4; ++i) {
    const Tensor* tensor = graph.constant(node.inputs[i + 1]);
    if (tensor == nullptr || tensor->dtype() != DType::kF32 || tensor->elements() != channels) {
      return std::nullopt;
    }
    parameter[i] = tensor->data<float>();
  }
  ChannelAffine affine;
  for (std::int64_t c = 0; c < channels; ++c) {
    const double s = parameter[0][c] / std::sqrt(double{parameter[3][c]} + bn->epsilon);
    affine.scale.push_back(static_cast<float>(s));
    affine.shift.push_back(static_cast<float>(parameter[1][c] - parameter[2][c] * s));
  }
  return affine;
}

Result<bool> fuse(Graph& graph, NodeId conv_id) {
  const Node& conv = graph.node(conv_id);
  if (!conv.op.is<ops::Conv>()) return false;
  const Tensor* weight = graph.constant(conv.inputs[1]);
  const ValueId bias_id = input_of(conv, 2);
  const Tensor* bias = graph.constant(bias_id);
  if (weight == nullptr || weight->dtype() != DType::kF32) return false;
  if (bias_id != kNoValue && bias == nullptr) return false;
  const NodeId user = only_user(graph, conv.outputs[0]);
  if (user == kNoNode || graph.node(user).inputs[0] != conv.outputs[0]) return false;
  const std::int64_t channels = weight->dim(0);
  const std::optional<ChannelAffine> affine = affine_of(graph, graph.node(user), channels);
  if (!affine) return false;

  TERN_ASSIGN_OR_RETURN(Tensor new_weight, weight->clone());
  TERN_ASSIGN_OR_RETURN(Tensor new_bias, Tensor::zeros(DType::kF32, {channels}));
  const std::int64_t row = weight->shape().elements(1, weight->rank());
  float* w = new_weight.mutable_data<float>();
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto i = static_cast<std::size_t>(c);
    for (std::int64_t k = 0; k < row; ++k) w[c * row + k] *= affine->scale[i];
    const float old = bias == nullptr ? 0.0f : bias->data<float>()[c];
    new_bias.mutable_data<float>()[c] = old * affine->scale[i] + affine->shift[i];
  }
  forget_file_pages(weight->owner(), weight->raw(), weight->bytes());
  const std::string name = graph.value(conv.inputs[1]).name;
  const ValueId inputs[] = {conv.inputs[0], graph.add_constant(std::move(new_weight), name + ".bn"),
                            graph.add_constant(std::move(new_bias), name + ".bn_bias")};
  TERN_TRY(replace_value(graph, graph.node(user).outputs[0], conv.op, inputs));
  graph.remove_node(conv_id);
  return true;
}

}  // namespace

Result<bool> fuse_conv_bn(Graph& graph, const PassContext&) {
  bool changed = false;
  const std::vector<NodeId> order(graph.nodes().begin(), graph.nodes().end());
  for (const NodeId id : order) {
    if (graph.node(id).removed) continue;
    TERN_ASSIGN_OR_RETURN(const bool fused, fuse(graph, id));
    changed = changed || fused;
  }
  if (changed) graph.drop_unused_constants();
  return changed;
}

}  // namespace tern::passes

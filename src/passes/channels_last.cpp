#include "passes/channels_last.h"

#include <map>
#include <utility>

#include "base/errors.h"
#include "passes/rewrite.h"
#include "tern/ops/fused.h"
#include "tern/ops/fused_grad.h"
#include "tern/ops/fused_quant.h"
#include "tern/ops/nn.h"
#include "tern/ops/nn_grad.h"
#include "tern/ops/quant.h"
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
  if constexpr (requires { to.group; }) to.group = from.group;
  if constexpr (requires { to.ceil_mode; }) to.ceil_mode = from.ceil_mode;
  if constexpr (requires { to.count_include_pad; }) to.count_include_pad = from.count_include_pad;
  return to;
}

// The channels-last operator that stands for a node.
struct Form {
  Op op;
  std::uint32_t images = 0b1;      // bit i: input i is an image
  std::vector<ValueId> more = {};  // inputs that follow the node's own
  std::size_t outputs = 1;
  bool makes_image = true;  // output 0 is an image
};

class ChannelsLast {
 public:
  explicit ChannelsLast(Graph& graph) : graph_(graph) {}

  Result<bool> run() {
    bool changed = false;
    const std::vector<NodeId> order(graph_.nodes().begin(), graph_.nodes().end());
    for (const NodeId id : order) {
      Result<bool> rewritten = rewrite(id);
      if (!rewritten.ok()) return rewritten.status().with_context(graph_.node(id).name);
      changed = changed || *rewritten;
    }
    return changed;
  }

 private:
  std::optional<Form> form_of(const Node& node) {
    if (const auto* conv = node.op.as<ops::Conv>()) {
      return Form{with_window<ops::NhwcConv>(*conv)};
    }
    if (const auto* conv = node.op.as<ops::QLinearConv>()) {
      return Form{with_window<ops::NhwcQLinearConv>(*conv)};
    }
    if (const auto* conv = node.op.as<ops::ConvInteger>()) {
      return Form{with_window<ops::NhwcConvInteger>(*conv)};
    }
    if (const auto* conv = node.op.as<ops::ConvGradInput>()) {
      return Form{.op = with_window<ops::NhwcConvGradInput>(*conv), .images = 0b101};
    }
    if (const auto* conv = node.op.as<ops::ConvGradWeight>()) {
      return Form{
          .op = with_window<ops::NhwcConvGradWeight>(*conv), .images = 0b011, .makes_image = false};
    }
    if (node.op.is<ops::BatchNormalization>() || node.op.is<ops::BatchNormalizationGrad>()) {
      return normalization_form(node);
    }
    return pooling_form(node);
  }

  std::optional<Form> pooling_form(const Node& node) {
    if (const auto* pool = node.op.as<ops::MaxPool>()) {
      if (node.outputs.size() > 1 && node.outputs[1] != kNoValue) return std::nullopt;
      return Form{with_window<ops::NhwcMaxPool>(*pool)};
    }
    if (const auto* pool = node.op.as<ops::AveragePool>()) {
      return Form{with_window<ops::NhwcAveragePool>(*pool)};
    }
    if (const auto* pool = node.op.as<ops::MaxPoolGrad>()) {
      return Form{.op = with_window<ops::NhwcMaxPoolGrad>(*pool), .images = 0b11};
    }
    if (const auto* pool = node.op.as<ops::AveragePoolGrad>()) {
      return Form{.op = with_window<ops::NhwcAveragePoolGrad>(*pool), .images = 0b11};
    }
    if (node.op.is<ops::GlobalAveragePool>()) {
      const ValueId axes =
          graph_.add_constant(Tensor::vector<std::int64_t>({1, 2}), node.name + ".axes");
      return Form{.op = ops::ReduceMean{.keepdims = true}, .more = {axes}};
    }
    if (node.op.is<ops::GlobalAveragePoolGrad>()) {
      return Form{.op = ops::BroadcastToLike{.average = true}, .images = 0b11};
    }
    return std::nullopt;
  }

  // The gradient of batch statistics takes them from the forward node, which then keeps them.
  std::optional<Form> normalization_form(const Node& node) {
    if (const auto* norm = node.op.as<ops::BatchNormalization>()) {
      return Form{.op = ops::NhwcBatchNormalization{.epsilon = norm->epsilon,
                                                    .momentum = norm->momentum,
                                                    .training_mode = norm->training_mode},
                  .outputs = norm->training_mode ? std::size_t{5} : node.outputs.size()};
    }
    const auto& norm = *node.op.as<ops::BatchNormalizationGrad>();
    Form form{.op = ops::NhwcBatchNormalizationGrad{.epsilon = norm.epsilon,
                                                    .training_mode = norm.training_mode},
              .images = 0b11,
              .outputs = node.outputs.size()};
    if (norm.training_mode) {
      const auto forward = statistics_.find(node.inputs[1]);
      if (forward == statistics_.end()) return std::nullopt;
      form.more = {forward->second.first, forward->second.second};
    }
    return form;
  }

  // Channels-last kernels exist for f32, those of QLinearConv, ConvInteger and MaxPool for bytes;
  // all but the normalisations need images of rank 4.
  bool is_eligible(const Node& node) const {
    if (node.inputs.empty() || node.inputs[0] == kNoValue) return false;
    const TypeInfo& image = graph_.value(node.inputs[0]).type;
    const bool bytes = (image.dtype == DType::kU8 || image.dtype == DType::kI8) &&
                       (node.op.is<ops::QLinearConv>() || node.op.is<ops::ConvInteger>() ||
                        node.op.is<ops::MaxPool>());
    if ((image.dtype != DType::kF32 && !bytes) || !image.has_rank) return false;
    const bool any_rank =
        node.op.is<ops::BatchNormalization>() || node.op.is<ops::BatchNormalizationGrad>();
    return any_rank ? image.rank() >= 2 : image.rank() == 4;
  }

  Result<bool> rewrite(NodeId id) {
    if (!is_eligible(graph_.node(id))) return false;
    std::optional<Form> form = form_of(graph_.node(id));
    if (!form) return false;

    // A copy: adding nodes moves the table.
    const Node node = graph_.node(id);
    const int rank = graph_.value(node.inputs[0]).type.rank();
    std::vector<ValueId> inputs = node.inputs;
    for (std::size_t i = 0; i < inputs.size() && i < 32; ++i) {
      if ((form->images >> i & 1u) == 0) continue;
      TERN_ASSIGN_OR_RETURN(inputs[i], channels_last(inputs[i], rank, node));
    }
    inputs.insert(inputs.end(), form->more.begin(), form->more.end());
    const bool keeps_statistics =
        node.op.is<ops::BatchNormalization>() && form->outputs > node.outputs.size();
    TERN_ASSIGN_OR_RETURN(
        const NodeId body,
        graph_.add_node(std::move(form->op), inputs, form->outputs, node.name, {}, node.parent));
    const std::vector<ValueId> results = graph_.node(body).outputs;
    if (keeps_statistics) statistics_[node.inputs[0]] = {results[3], results[4]};
    for (std::size_t i = 1; i < node.outputs.size(); ++i) {
      if (node.outputs[i] != kNoValue) move_uses(graph_, node.outputs[i], results[i]);
    }
    if (!form->makes_image || rank == 2) {
      bypass(graph_, id, results[0]);
      return true;
    }
    const ValueId image[] = {results[0]};
    TERN_TRY(
        replace_value(graph_, node.outputs[0], ops::Transpose{.perm = to_second(rank)}, image));
    return true;
  }

  Result<ValueId> channels_last(ValueId image, int rank, const Node& node) {
    if (rank == 2) return image;  // a vector of channels has no other order
    const ValueId input[] = {image};
    TERN_ASSIGN_OR_RETURN(const NodeId id, graph_.add_node(ops::Transpose{.perm = to_last(rank)},
                                                           input, 1, node.name, {}, node.parent));
    return graph_.node(id).outputs[0];
  }

  Graph& graph_;
  // Mean and variance of the batch that a forward node has, by its X.
  std::map<ValueId, std::pair<ValueId, ValueId>> statistics_;
};

}  // namespace

Result<bool> assign_channels_last(Graph& graph, const PassContext&) {
  return ChannelsLast(graph).run();
}

}  // namespace tern::passes

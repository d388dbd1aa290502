#include "passes/fuse_epilogue.h"

#include <algorithm>

#include "base/errors.h"
#include "passes/rewrite.h"
#include "tern/ops/fused.h"
#include "tern/ops/fused_grad.h"
#include "tern/ops/fused_quant.h"
#include "tern/ops/math.h"

namespace tern::passes {
namespace {

// An activation with its numbers, as the fused operators hold it.
struct Epilogue {
  ops::Activation activation = ops::Activation::kNone;
  float alpha = 0;
  float beta = 0;
  float lo = std::numeric_limits<float>::lowest();
  float hi = std::numeric_limits<float>::max();
};

std::optional<Epilogue> clip_of(const Graph& graph, const Node& node) {
  Epilogue e{.activation = ops::Activation::kClip};
  if (const ValueId lo = input_of(node, 1); lo != kNoValue) {
    const std::optional<double> value = constant_scalar(graph, lo);
    if (!value) return std::nullopt;
    e.lo = static_cast<float>(*value);
  }
  if (const ValueId hi = input_of(node, 2); hi != kNoValue) {
    const std::optional<double> value = constant_scalar(graph, hi);
    if (!value) return std::nullopt;
    e.hi = static_cast<float>(*value);
  }
  return e;
}

// The activation that a node applies to its first input.
std::optional<Epilogue> activation_of(const Graph& graph, const Node& node) {
  using ops::Activation;
  if (node.op.is<ops::Relu>()) return Epilogue{.activation = Activation::kRelu};
  if (node.op.is<ops::Sigmoid>()) return Epilogue{.activation = Activation::kSigmoid};
  if (node.op.is<ops::Tanh>()) return Epilogue{.activation = Activation::kTanh};
  if (node.op.is<ops::HardSwish>()) return Epilogue{.activation = Activation::kHardSwish};
  if (node.op.is<ops::Clip>()) return clip_of(graph, node);
  if (const auto* leaky = node.op.as<ops::LeakyRelu>()) {
    return Epilogue{.activation = Activation::kLeakyRelu, .alpha = leaky->alpha};
  }
  if (const auto* elu = node.op.as<ops::Elu>()) {
    return Epilogue{.activation = Activation::kElu, .alpha = elu->alpha};
  }
  if (const auto* hard = node.op.as<ops::HardSigmoid>()) {
    return Epilogue{
        .activation = Activation::kHardSigmoid, .alpha = hard->alpha, .beta = hard->beta};
  }
  if (const auto* swish = node.op.as<ops::Swish>(); swish != nullptr && swish->alpha == 1) {
    return Epilogue{.activation = Activation::kSilu};
  }
  if (const auto* gelu = node.op.as<ops::Gelu>()) {
    const bool tanh = gelu->approximate == ops::GeluApproximation::kTanh;
    return Epilogue{.activation = tanh ? Activation::kGeluTanh : Activation::kGelu};
  }
  return std::nullopt;
}

template <class T>
Op with_epilogue(T op, const Epilogue& e) {
  op.activation = e.activation;
  op.alpha = e.alpha;
  op.beta = e.beta;
  op.lo = e.lo;
  op.hi = e.hi;
  return op;
}

ops::Activation activation_in(const Op& op) {
  if (const auto* conv = op.as<ops::NhwcConv>()) return conv->activation;
  if (const auto* linear = op.as<ops::IntegerLinear>()) return linear->activation;
  return op.as<ops::Linear>()->activation;
}

Op with_activation(const Op& op, const Epilogue& e) {
  if (const auto* conv = op.as<ops::NhwcConv>()) return with_epilogue(*conv, e);
  if (const auto* linear = op.as<ops::IntegerLinear>()) return with_epilogue(*linear, e);
  return with_epilogue(*op.as<ops::Linear>(), e);
}

// The fused operator that makes `id`, still without an activation.
const Node* open_producer(const Graph& graph, ValueId id) {
  const Node* node = producer_of(graph, id);
  if (node == nullptr || (!node->op.is<ops::NhwcConv>() && !node->op.is<ops::Linear>() &&
                          !node->op.is<ops::IntegerLinear>())) {
    return nullptr;
  }
  return activation_in(node->op) == ops::Activation::kNone ? node : nullptr;
}

// Where a fused operator takes what is added to its result.
std::size_t residual_input(const Op& op) {
  if (op.is<ops::IntegerLinear>()) return 7;
  return op.is<ops::NhwcBatchNormalization>() ? 5 : 3;
}

// The batch normalisation that makes `id` as its first output, still without relu.
const Node* open_normalization(const Graph& graph, ValueId id) {
  const Node* node = producer_of(graph, id);
  if (node == nullptr || graph.value(id).index != 0) return nullptr;
  const auto* norm = node->op.as<ops::NhwcBatchNormalization>();
  return norm != nullptr && !norm->relu ? node : nullptr;
}

class EpilogueFuser {
 public:
  explicit EpilogueFuser(Graph& graph) : graph_(graph) {
    const auto nodes = graph.nodes();
    position_.resize(graph.node_count(), 0);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      position_[static_cast<std::size_t>(nodes[i])] = i + 1;
    }
  }

  Result<bool> run() {
    bool changed = false;
    const std::vector<NodeId> order(graph_.nodes().begin(), graph_.nodes().end());
    for (const NodeId id : order) {
      if (graph_.node(id).removed) continue;
      Result<bool> fused = graph_.node(id).op.is<ops::Add>()    ? fuse_residual(id)
                           : graph_.node(id).op.is<ops::Relu>() ? fuse_relu(id)
                                                                : fuse_activation(id);
      if (!fused.ok()) return fused.status().with_context(graph_.node(id).name);
      changed = changed || *fused;
    }
    return changed;
  }

 private:
  Result<bool> fuse_activation(NodeId id) {
    const Node& node = graph_.node(id);
    if (node.inputs.empty() || node.outputs.size() != 1) return false;
    const Node* producer = open_producer(graph_, node.inputs[0]);
    if (producer == nullptr || only_user(graph_, node.inputs[0]) != id) return false;
    const std::optional<Epilogue> e = activation_of(graph_, node);
    if (!e) return false;
    return merge(node.inputs[0], node.outputs[0], with_activation(producer->op, *e),
                 producer->inputs);
  }

  Result<bool> fuse_relu(NodeId id) {
    const ValueId x = graph_.node(id).inputs[0];
    const Node* producer = open_normalization(graph_, x);
    if (producer == nullptr) return fuse_activation(id);
    if (only_user(graph_, x) != id) return false;
    ops::NhwcBatchNormalization norm = *producer->op.as<ops::NhwcBatchNormalization>();
    norm.relu = true;
    return merge(x, graph_.node(id).outputs[0], norm, producer->inputs);
  }

  // Add(producer(...), z) with z of exactly the producer's shape. Where both sides could take it,
  // the one that runs later does, as only then the other's result is there.
  Result<bool> fuse_residual(NodeId id) {
    const Node& node = graph_.node(id);
    if (!same_shape(graph_.value(node.inputs[0]).type, graph_.value(node.inputs[1]).type)) {
      return false;
    }
    std::size_t best = 2;
    std::size_t best_position = 0;
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      const ValueId x = node.inputs[side];
      const Node* producer = open_producer(graph_, x);
      if (producer == nullptr) producer = open_normalization(graph_, x);
      if (producer == nullptr || only_user(graph_, x) != id) continue;
      if (input_of(*producer, residual_input(producer->op)) != kNoValue) continue;
      const std::size_t position = position_of(graph_.value(x).producer);
      if (best == 2 || position > best_position) {
        best = side;
        best_position = position;
      }
    }
    if (best == 2) return false;
    const ValueId x = node.inputs[best];
    const ValueId residual = node.inputs[1 - best];
    const Node* producer = producer_of(graph_, x);
    std::vector<ValueId> inputs = producer->inputs;
    inputs.resize(residual_input(producer->op), kNoValue);
    inputs.push_back(residual);
    return merge(x, node.outputs[0], producer->op, std::move(inputs));
  }

  // `op` on `inputs` takes the place of the node that made `result` and of the one that made `x`,
  // whose other outputs it has too.
  Result<bool> merge(ValueId x, ValueId result, Op op, std::vector<ValueId> inputs) {
    const NodeId last = graph_.value(result).producer;
    const NodeId first = graph_.value(x).producer;
    const std::size_t position = position_of(last);
    const std::vector<ValueId> outputs = graph_.node(first).outputs;
    TERN_ASSIGN_OR_RETURN(const NodeId merged,
                          graph_.add_node(std::move(op), inputs, outputs.size(),
                                          graph_.node(last).name, {}, graph_.node(last).parent));
    for (std::size_t i = 1; i < outputs.size(); ++i) {
      if (outputs[i] != kNoValue) move_uses(graph_, outputs[i], graph_.node(merged).outputs[i]);
    }
    bypass(graph_, last, graph_.node(merged).outputs[0]);
    graph_.remove_node(first);
    position_.resize(graph_.node_count(), position);
    return true;
  }

  std::size_t position_of(NodeId id) const { return position_[static_cast<std::size_t>(id)]; }

  Graph& graph_;
  std::vector<std::size_t> position_;  // by NodeId; a merged node stands where its last part stood
};

}  // namespace

Result<bool> fuse_epilogue(Graph& graph, const PassContext&) { return EpilogueFuser(graph).run(); }

}  // namespace tern::passes

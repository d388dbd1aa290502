#include "passes/sink_transposes.h"

#include <algorithm>
#include <array>

#include "base/checked_math.h"
#include "base/errors.h"
#include "graph/op_def.h"
#include "ops/axes.h"
#include "passes/rewrite.h"
#include "tern/ops/fused.h"
#include "tern/ops/fused_quant.h"
#include "tern/ops/image.h"
#include "tern/ops/math.h"
#include "tern/ops/nn.h"
#include "tern/ops/quant.h"
#include "tern/ops/reduce.h"
#include "tern/ops/tensor.h"

namespace tern::passes {
namespace {

using Perm = std::vector<std::int64_t>;

// The order of a Transpose whose output is `id`, or null.
const Perm* transpose_order(const Graph& graph, ValueId id) {
  const Node* node = producer_of(graph, id);
  if (node == nullptr) return nullptr;
  const auto* transpose = node->op.as<ops::Transpose>();
  return transpose == nullptr || transpose->perm.empty() ? nullptr : &transpose->perm;
}

Perm inverse(const Perm& perm) {
  Perm inverted(perm.size());
  for (std::size_t i = 0; i < perm.size(); ++i) {
    inverted[static_cast<std::size_t>(perm[i])] = static_cast<std::int64_t>(i);
  }
  return inverted;
}

bool is_identity(const Perm& perm) {
  for (std::size_t i = 0; i < perm.size(); ++i) {
    if (perm[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

bool listed(const Op& op, std::span<const std::string_view> names) {
  return op.domain() == "ai.onnx" && std::ranges::find(names, op.name()) != names.end();
}

// Element by element over input 0; further inputs are scalars.
bool is_unary(const Op& op) {
  static constexpr std::array<std::string_view, 27> kNames{
      "Abs",  "Cast",     "Ceil",     "Celu",        "Clip",      "Elu",      "Erf",
      "Exp",  "Floor",    "Gelu",     "HardSigmoid", "HardSwish", "Identity", "LeakyRelu",
      "Log",  "Mish",     "Neg",      "Reciprocal",  "Relu",      "Selu",     "Sigmoid",
      "Sign", "Softplus", "Softsign", "Sqrt",        "Swish",     "Tanh"};
  return listed(op, kNames);
}

// Between numbers and bytes with one scale, which does not belong to an axis.
bool is_quantizing(const Graph& graph, const Node& node) {
  if (!node.op.is<ops::QuantizeLinear>() && !node.op.is<ops::DequantizeLinear>()) return false;
  const TypeInfo& scale = graph.value(node.inputs[1]).type;
  return scale.has_rank && scale.rank() == 0;
}

// Element by element over inputs that are broadcast, or undoing that.
bool is_broadcasting(const Op& op) {
  if (op.is<ops::QAdd>() || op.is<ops::QMul>()) return true;
  if (op.is<ops::ReluGrad>() || op.is<ops::BroadcastToLike>() || op.is<ops::SumToLike>()) {
    return true;
  }
  static constexpr std::array<std::string_view, 12> kNames{
      "Add", "Div", "Equal", "Greater", "Less", "Max", "Mean", "Min", "Mul", "Pow", "Sub", "Sum"};
  return listed(op, kNames);
}

// Of the reductions that take transposes in.
std::optional<bool> keepdims_of(const Op& op) {
  if (const auto* mean = op.as<ops::ReduceMean>()) return mean->keepdims;
  if (const auto* sum = op.as<ops::ReduceSum>()) return sum->keepdims;
  if (const auto* max = op.as<ops::ReduceMax>()) return max->keepdims;
  return std::nullopt;
}

class Sinker {
 public:
  explicit Sinker(Graph& graph) : graph_(graph) {}

  Result<bool> run() {
    const std::vector<NodeId> order(graph_.nodes().begin(), graph_.nodes().end());
    for (const NodeId id : order) {
      if (graph_.node(id).removed) continue;
      if (Status s = visit(id); !s.ok()) return std::move(s).with_context(graph_.node(id).name);
    }
    return changed_;
  }

 private:
  Status visit(NodeId id) {
    const Node& node = graph_.node(id);
    if (node.inputs.empty() || node.outputs.size() != 1 || !node.regions.empty()) return {};
    if (node.op.is<ops::Transpose>()) return merge_pair(id);
    if (is_unary(node.op) || is_quantizing(graph_, node)) return sink_unary(id);
    if (is_broadcasting(node.op)) return sink_broadcasting(id);
    if (node.op.is<ops::Concat>()) return sink_concat(id);
    if (node.op.is<ops::Softmax>() || node.op.is<ops::LogSoftmax>()) return sink_softmax(id);
    if (const std::optional<bool> keepdims = keepdims_of(node.op)) {
      return sink_reduction(id, *keepdims);
    }
    if (node.op.is<ops::Reshape>()) return sink_reshape(id);
    if (node.op.is<ops::Resize>()) return sink_resize(id);
    return {};
  }

  // Transpose(Transpose(x, p), q) is Transpose(x, p[q]), or x itself.
  Status merge_pair(NodeId id) {
    const Node& node = graph_.node(id);
    const Perm* first = transpose_order(graph_, node.inputs[0]);
    const Perm* second = transpose_order(graph_, node.outputs[0]);
    if (first == nullptr || second == nullptr) return {};
    Perm merged;
    for (const std::int64_t axis : *second) {
      merged.push_back((*first)[static_cast<std::size_t>(axis)]);
    }
    const ValueId source = producer_of(graph_, node.inputs[0])->inputs[0];
    changed_ = true;
    if (is_identity(merged) && !graph_.is_root_use(node.outputs[0])) {
      bypass(graph_, id, source);
      return {};
    }
    const ValueId inputs[] = {source};
    return replace_value(graph_, node.outputs[0], ops::Transpose{.perm = std::move(merged)},
                         inputs);
  }

  // Puts `op` on `inputs` (in the order of axes before `perm`) and the transpose after it, in place
  // of node `id`. Returns the new node of `op`.
  Result<NodeId> replace_before(NodeId id, Op op, std::vector<ValueId> inputs, Perm perm) {
    const Node& node = graph_.node(id);
    TERN_ASSIGN_OR_RETURN(const NodeId inner,
                          graph_.add_node(std::move(op), inputs, 1, node.name, {}, node.parent));
    const ValueId result[] = {graph_.node(inner).outputs[0]};
    changed_ = true;
    TERN_TRY(replace_value(graph_, graph_.node(id).outputs[0],
                           ops::Transpose{.perm = std::move(perm)}, result));
    return inner;
  }

  Status put_before(NodeId id, Op op, std::vector<ValueId> inputs, Perm perm) {
    return replace_before(id, std::move(op), std::move(inputs), std::move(perm)).status();
  }

  ValueId before_transpose(ValueId id) const { return producer_of(graph_, id)->inputs[0]; }

  Status sink_unary(NodeId id) {
    const Node& node = graph_.node(id);
    const Perm* perm = transpose_order(graph_, node.inputs[0]);
    if (perm == nullptr) return lift_over_reshape(id);
    std::vector<ValueId> inputs = node.inputs;
    inputs[0] = before_transpose(node.inputs[0]);
    TERN_ASSIGN_OR_RETURN(const NodeId inner,
                          replace_before(id, node.op, std::move(inputs), *perm));
    return lift_over_reshape(inner);
  }

  // Scales, sizes and roi belong to the axes that are named, wherever these lie.
  Status sink_resize(NodeId id) {
    const Node& node = graph_.node(id);
    const Perm* perm = transpose_order(graph_, node.inputs[0]);
    if (perm == nullptr) return {};
    const Perm order = *perm;
    ops::Resize resize = *node.op.as<ops::Resize>();
    const auto rank = static_cast<std::int64_t>(order.size());
    if (resize.axes.empty()) {
      resize.axes = order;
    } else {
      for (std::int64_t& axis : resize.axes) {
        axis = order[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)];
      }
    }
    std::vector<ValueId> inputs = node.inputs;
    inputs[0] = before_transpose(node.inputs[0]);
    return put_before(id, resize, std::move(inputs), order);
  }

  // f(Reshape(x)) is Reshape(f(x)): next to the convolution or product that made x, f becomes its
  // activation.
  Status lift_over_reshape(NodeId id) {
    const Node& node = graph_.node(id);
    const Node* reshape = producer_of(graph_, node.inputs[0]);
    if (reshape == nullptr || !reshape->op.is<ops::Reshape>()) return {};
    if (only_user(graph_, node.inputs[0]) != id || node.op.is<ops::Cast>()) return {};
    const Node* source = producer_of(graph_, reshape->inputs[0]);
    if (source == nullptr || !(source->op.is<ops::NhwcConv>() || source->op.is<ops::Linear>()) ||
        only_user(graph_, reshape->inputs[0]) == kNoNode) {
      return {};
    }
    const Op reshape_op = reshape->op;
    const ValueId target = reshape->inputs[1];
    std::vector<ValueId> inputs = node.inputs;
    inputs[0] = reshape->inputs[0];
    TERN_ASSIGN_OR_RETURN(const NodeId inner,
                          graph_.add_node(node.op, inputs, 1, node.name, {}, node.parent));
    const ValueId result[] = {graph_.node(inner).outputs[0], target};
    changed_ = true;
    return replace_value(graph_, graph_.node(id).outputs[0], reshape_op, result);
  }

  // Every operand must be a transpose of the same order, a scalar, or a constant that can be put
  // into the other order once and for all.
  Status sink_broadcasting(NodeId id) {
    const Node& node = graph_.node(id);
    const Perm* perm = nullptr;
    for (const ValueId input : node.inputs) {
      if (const Perm* own = transpose_order(graph_, input)) perm = own;
    }
    if (perm == nullptr) return {};
    const Perm order = *perm;
    // SumToLike may take axes away, and then nothing is left to be transposed.
    const TypeInfo& result = graph_.value(node.outputs[0]).type;
    if (static_cast<std::size_t>(result.rank()) != order.size()) return {};
    for (const ValueId input : node.inputs) {
      const TypeInfo& type = graph_.value(input).type;
      const Perm* own = transpose_order(graph_, input);
      const bool movable = own != nullptr ? *own == order
                                          : type.has_rank && (type.rank() == 0 ||
                                                              can_transpose(input, order.size()));
      if (!movable) return {};
    }
    std::vector<ValueId> inputs;
    const std::vector<ValueId> old = node.inputs;
    const Op op = node.op;
    for (const ValueId input : old) {
      TERN_ASSIGN_OR_RETURN(const ValueId moved, operand_before(input, order));
      inputs.push_back(moved);
    }
    return put_before(id, op, std::move(inputs), order);
  }

  bool can_transpose(ValueId id, std::size_t rank) const {
    const Tensor* tensor = graph_.constant(id);
    return tensor != nullptr && static_cast<std::size_t>(tensor->rank()) <= rank;
  }

  // The operand as it stands before the transposes: constants are padded to full rank with axes of
  // size 1 and transposed the other way, which constant folding then computes.
  Result<ValueId> operand_before(ValueId id, const Perm& perm) {
    if (transpose_order(graph_, id) != nullptr) return before_transpose(id);
    const Tensor* tensor = graph_.constant(id);
    if (tensor == nullptr || tensor->rank() == 0) return id;
    Shape full;
    for (std::size_t i = static_cast<std::size_t>(tensor->rank()); i < perm.size(); ++i) {
      full.push_back(1);
    }
    for (const std::int64_t dim : tensor->shape()) full.push_back(dim);
    TERN_ASSIGN_OR_RETURN(Tensor reshaped, tensor->reshape(full));
    const ValueId constant[] = {
        graph_.add_constant(std::move(reshaped), graph_.value(id).name + ".full")};
    TERN_ASSIGN_OR_RETURN(const NodeId node,
                          graph_.add_node(ops::Transpose{.perm = inverse(perm)}, constant, 1));
    return graph_.node(node).outputs[0];
  }

  Status sink_concat(NodeId id) {
    const Node& node = graph_.node(id);
    const Perm* perm = transpose_order(graph_, node.inputs[0]);
    if (perm == nullptr) return {};
    std::vector<ValueId> inputs;
    for (const ValueId input : node.inputs) {
      const Perm* own = transpose_order(graph_, input);
      if (own == nullptr || *own != *perm) return {};
      inputs.push_back(before_transpose(input));
    }
    ops::Concat concat = *node.op.as<ops::Concat>();
    TERN_ASSIGN_OR_RETURN(const int axis,
                          normalize_axis(concat.axis, static_cast<int>(perm->size())));
    concat.axis = (*perm)[static_cast<std::size_t>(axis)];
    return put_before(id, concat, std::move(inputs), *perm);
  }

  Status sink_softmax(NodeId id) {
    const Node& node = graph_.node(id);
    const Perm* perm = transpose_order(graph_, node.inputs[0]);
    if (perm == nullptr) return {};
    Op op = node.op;
    const auto* softmax = op.as<ops::Softmax>();
    const std::int64_t old = softmax != nullptr ? softmax->axis : op.as<ops::LogSoftmax>()->axis;
    TERN_ASSIGN_OR_RETURN(const int axis, normalize_axis(old, static_cast<int>(perm->size())));
    TERN_TRY(op.set("axis", (*perm)[static_cast<std::size_t>(axis)]));
    return put_before(id, std::move(op), {before_transpose(node.inputs[0])}, *perm);
  }

  Status sink_reduction(NodeId id, bool keepdims) {
    const Node& node = graph_.node(id);
    const Perm* perm = transpose_order(graph_, node.inputs[0]);
    if (perm == nullptr || input_of(node, 1) == kNoValue) return {};
    const std::optional<std::vector<std::int64_t>> axes = constant_ints(graph_, node.inputs[1]);
    if (!axes || axes->empty()) return {};
    TERN_ASSIGN_OR_RETURN(const std::vector<int> named,
                          normalize_axes(*axes, static_cast<int>(perm->size())));
    std::vector<std::int64_t> moved;
    for (const int axis : named) moved.push_back((*perm)[static_cast<std::size_t>(axis)]);
    const Perm order = keepdims ? *perm : kept_order(*perm, named);
    const Op op = node.op;
    const ValueId source = before_transpose(node.inputs[0]);
    const ValueId constant =
        graph_.add_constant(Tensor::vector<std::int64_t>(std::span<const std::int64_t>(moved)));
    if (!is_identity(order)) return put_before(id, op, {source, constant}, order);
    changed_ = true;
    const ValueId inputs[] = {source, constant};
    return replace_value(graph_, graph_.node(id).outputs[0], op, inputs);
  }

  // The order of the axes that are left of a transpose without those in `gone`.
  static Perm kept_order(const Perm& perm, std::span<const int> gone) {
    Perm kept;
    for (std::size_t i = 0; i < perm.size(); ++i) {
      if (std::ranges::find(gone, static_cast<int>(i)) == gone.end()) kept.push_back(perm[i]);
    }
    Perm order;
    for (const std::int64_t axis : kept) {
      order.push_back(
          std::ranges::count_if(kept, [&](std::int64_t other) { return other < axis; }));
    }
    return order;
  }

  // A Reshape that only cuts axes of the transposed tensor into several cuts those of the original
  // likewise: the pieces of an axis stay together and move with it.
  Status sink_reshape(NodeId id) {
    const Node& node = graph_.node(id);
    const Perm* perm = transpose_order(graph_, node.inputs[0]);
    if (perm == nullptr) return {};
    const std::optional<std::vector<std::int64_t>> target = constant_ints(graph_, node.inputs[1]);
    const TypeInfo& transposed = graph_.value(node.inputs[0]).type;
    if (!target || !transposed.has_rank) return {};
    const std::optional<std::vector<std::size_t>> ends = axis_pieces(transposed.shape, *target);
    if (!ends) return {};
    // Piece by piece in the order of the original axes; where each piece of the target went.
    std::vector<std::int64_t> sizes;
    Perm moved(target->size());
    const Perm original = inverse(*perm);
    for (const std::int64_t axis : original) {
      const auto i = static_cast<std::size_t>(axis);
      for (std::size_t j = i == 0 ? 0 : (*ends)[i - 1]; j < (*ends)[i]; ++j) {
        moved[j] = static_cast<std::int64_t>(sizes.size());
        sizes.push_back((*target)[j]);
      }
    }
    const std::string name = graph_.value(node.inputs[1]).name + ".moved";
    const ValueId source = before_transpose(node.inputs[0]);
    const ValueId constant = graph_.add_constant(
        Tensor::vector<std::int64_t>(std::span<const std::int64_t>(sizes)), name);
    return put_before(id, ops::Reshape{}, {source, constant}, std::move(moved));
  }

  // For every axis of `dims` the end of its pieces in `target`, when each piece belongs to one
  // axis. The -1 of the target is the only piece of its axis, whose size need not be known.
  static std::optional<std::vector<std::size_t>> axis_pieces(std::span<const Dim> dims,
                                                             std::span<const std::int64_t> target) {
    std::vector<std::size_t> ends;
    std::size_t j = 0;
    for (const Dim& dim : dims) {
      if (j < target.size() && target[j] == -1) {  // the only one, so all others must fit
        ends.push_back(++j);
        continue;
      }
      if (!dim.known()) return std::nullopt;
      std::int64_t product = 1;
      do {
        if (j == target.size() || target[j] <= 0) return std::nullopt;
        const std::optional<std::int64_t> next = checked_mul(product, target[j++]);
        if (!next) return std::nullopt;
        product = *next;
      } while (product < dim.value());
      if (product != dim.value()) return std::nullopt;
      ends.push_back(j);
    }
    if (j != target.size()) return std::nullopt;
    return ends;
  }

  Graph& graph_;
  bool changed_ = false;
};

}  // namespace

Result<bool> sink_transposes(Graph& graph, const PassContext&) { return Sinker(graph).run(); }

}  // namespace tern::passes

#include "passes/normalization.h"

#include <algorithm>

#include "base/errors.h"
#include "ops/axes.h"
#include "passes/rewrite.h"
#include "tensor/element.h"
#include "tern/ops/math.h"
#include "tern/ops/reduce.h"

namespace tern::passes {
namespace {

// How many of the last axes a ReduceMean is over; 0 when these are not what it is over.
int last_axes(const Graph& graph, const Node& node) {
  const auto* mean = node.op.as<ops::ReduceMean>();
  if (mean == nullptr || !mean->keepdims) return 0;
  const std::optional<std::vector<std::int64_t>> axes = constant_ints(graph, input_of(node, 1));
  const TypeInfo& type = graph.value(node.inputs[0]).type;
  if (!axes || axes->empty() || !type.has_rank) return 0;
  Result<std::vector<int>> named = normalize_axes(*axes, type.rank());
  if (!named.ok()) return 0;
  std::ranges::sort(*named);
  const int count = static_cast<int>(named->size());
  for (int i = 0; i < count; ++i) {
    if ((*named)[static_cast<std::size_t>(i)] != type.rank() - count + i) return 0;
  }
  return count;
}

// b of b * b or b ^ 2.
ValueId square_root_of(const Graph& graph, ValueId id) {
  const Node* node = producer_of(graph, id);
  if (node == nullptr) return kNoValue;
  if (node->op.is<ops::Mul>() && node->inputs[0] == node->inputs[1]) return node->inputs[0];
  const bool squared =
      node->op.is<ops::Pow>() && constant_scalar(graph, node->inputs[1]).value_or(0) == 2;
  return squared ? node->inputs[0] : kNoValue;
}

// v of sqrt(v) or v ^ exponent; of sqrt only when the exponent is 1/2.
ValueId root_argument(const Graph& graph, ValueId id, double exponent) {
  const Node* node = producer_of(graph, id);
  if (node == nullptr) return kNoValue;
  if (node->op.is<ops::Sqrt>() && exponent == 0.5) return node->inputs[0];
  const bool power =
      node->op.is<ops::Pow>() && constant_scalar(graph, node->inputs[1]).value_or(0) == exponent;
  return power ? node->inputs[0] : kNoValue;
}

// `variance` as mean(squared^2) + epsilon.
std::optional<Normalized> match_variance(const Graph& graph, ValueId id) {
  const Node* sum = producer_of(graph, id);
  if (sum == nullptr || !sum->op.is<ops::Add>()) return std::nullopt;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const std::optional<double> epsilon = constant_scalar(graph, sum->inputs[1 - side]);
    const Node* mean = producer_of(graph, sum->inputs[side]);
    if (!epsilon || *epsilon < 0 || mean == nullptr) continue;
    Normalized found{.axes = last_axes(graph, *mean), .epsilon = *epsilon, .inner = {}};
    if (found.axes == 0) continue;
    found.squared = square_root_of(graph, mean->inputs[0]);
    if (found.squared == kNoValue) continue;
    found.inner = {id, sum->inputs[side], mean->inputs[0]};
    return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Normalized> match_inverse_root(const Graph& graph, ValueId factor) {
  const Node* node = producer_of(graph, factor);
  if (node == nullptr) return std::nullopt;
  ValueId variance = root_argument(graph, factor, -0.5);
  ValueId root = kNoValue;
  if (node->op.is<ops::Reciprocal>()) {
    root = node->inputs[0];
  } else if (node->op.is<ops::Div>() && constant_scalar(graph, node->inputs[0]).value_or(0) == 1) {
    root = node->inputs[1];
  }
  if (root != kNoValue) variance = root_argument(graph, root, 0.5);
  if (variance == kNoValue) return std::nullopt;
  std::optional<Normalized> found = match_variance(graph, variance);
  if (!found) return std::nullopt;
  found->inner.push_back(factor);
  if (root != kNoValue) found->inner.push_back(root);
  return found;
}

std::optional<Normalized> match_normalized(const Graph& graph, const Node& node) {
  if (node.op.is<ops::Div>()) {
    const ValueId variance = root_argument(graph, node.inputs[1], 0.5);
    if (variance == kNoValue) return std::nullopt;
    std::optional<Normalized> found = match_variance(graph, variance);
    if (!found) return std::nullopt;
    found->numerator = node.inputs[0];
    found->inner.push_back(node.inputs[1]);
    return found;
  }
  if (!node.op.is<ops::Mul>()) return std::nullopt;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    std::optional<Normalized> found = match_inverse_root(graph, node.inputs[1 - side]);
    if (!found) continue;
    found->numerator = node.inputs[side];
    return found;
  }
  return std::nullopt;
}

ValueId match_mean(const Graph& graph, ValueId id, int& axes) {
  const Node* node = producer_of(graph, id);
  if (node == nullptr) return kNoValue;
  const int found = last_axes(graph, *node);
  if (found == 0 || (axes != 0 && axes != found)) return kNoValue;
  axes = found;
  return node->inputs[0];
}

ValueId match_centred(const Graph& graph, ValueId id, int axes, std::vector<ValueId>& inner) {
  const Node* node = producer_of(graph, id);
  if (node == nullptr || !node->op.is<ops::Sub>()) return kNoValue;
  const ValueId x = match_mean(graph, node->inputs[1], axes);
  if (x == kNoValue || x != node->inputs[0]) return kNoValue;
  inner.push_back(id);
  inner.push_back(node->inputs[1]);
  return x;
}

bool is_parameter(const Graph& graph, ValueId id, ValueId x, int axes) {
  const TypeInfo& type = graph.value(id).type;
  const TypeInfo& row = graph.value(x).type;
  if (type.dtype != row.dtype || !type.has_rank || type.rank() > axes) return false;
  for (int i = 1; i <= type.rank(); ++i) {
    const Dim& own = type.shape[static_cast<std::size_t>(type.rank() - i)];
    const Dim& full = row.shape[static_cast<std::size_t>(row.rank() - i)];
    if (own.value() != 1 && !same(own, full)) return false;
  }
  return true;
}

DType stash_type_for(DType dtype) { return dtype == DType::kF64 ? DType::kF64 : DType::kF32; }

Result<ValueId> unit_scale(Graph& graph, ValueId x, int axes) {
  const TypeInfo& type = graph.value(x).type;
  Shape shape;
  for (int i = type.rank() - axes; i < type.rank(); ++i) {
    const Dim& dim = type.shape[static_cast<std::size_t>(i)];
    shape.push_back(dim.known() ? dim.value() : 1);
  }
  TERN_ASSIGN_OR_RETURN(Tensor ones, Tensor::zeros(type.dtype, shape));
  const StoreF64 store = store_f64(type.dtype);
  for (std::int64_t i = 0; i < ones.elements(); ++i) store(ones.mutable_raw(), i, 1.0);
  return graph.add_constant(std::move(ones), graph.value(x).name + ".ones");
}

ValueId parameter_above(const Graph& graph, const Op& op, ValueId x, int axes, ValueId& result) {
  const NodeId user = only_user(graph, result);
  if (user == kNoNode || !(graph.node(user).op == op)) return kNoValue;
  const Node& node = graph.node(user);
  const ValueId parameter = node.inputs[node.inputs[0] == result ? 1 : 0];
  if (!is_parameter(graph, parameter, x, axes)) return kNoValue;
  result = node.outputs[0];
  return parameter;
}

}  // namespace tern::passes

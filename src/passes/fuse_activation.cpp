#include "passes/fuse_activation.h"

#include "base/errors.h"
#include "passes/formula.h"
#include "passes/rewrite.h"
#include "tern/ops/math.h"

namespace tern::passes {
namespace {

double tolerance_at(const Graph& graph, ValueId id) {
  return formula_tolerance(graph.value(id).type.dtype);
}

// The value above `t` that is x t factor, or kNoValue.
ValueId product_above(const Graph& graph, ValueId x, ValueId t, double factor) {
  for (const ValueId result : arithmetic_above(graph, t)) {
    const std::optional<Polynomial> p = polynomial_of(graph, result, x, t);
    if (!p || !keeps_shape(graph, x, result)) continue;
    if (p->is({{.x = 1, .t = 1, .coefficient = factor}}, tolerance_at(graph, t))) return result;
  }
  return kNoValue;
}

Result<bool> replace(Graph& graph, ValueId result, Op op, ValueId x) {
  const ValueId inputs[] = {x};
  TERN_TRY(replace_expression(graph, result, std::move(op), inputs));
  return true;
}

// ----------------------------------------------------------------------------------------- swish

Result<bool> fuse_swish(Graph& graph, NodeId id) {
  const ValueId t = graph.node(id).outputs[0];
  const ValueId argument = graph.node(id).inputs[0];
  for (const ValueId x : possible_unknowns(graph, argument)) {
    const std::optional<Polynomial> p = polynomial_of(graph, argument, x);
    if (!p) continue;
    const double alpha = p->coefficient(1);
    if (alpha == 0 || !p->is({{.x = 1, .coefficient = alpha}}, 0)) continue;
    const ValueId result = product_above(graph, x, t, 1);
    if (result == kNoValue) continue;
    return replace(graph, result, ops::Swish{.alpha = static_cast<float>(alpha)}, x);
  }
  return false;
}

// ------------------------------------------------------------------------------------------ mish

// The x of log(1 + exp(x)) or Softplus(x).
ValueId softplus_argument(const Graph& graph, ValueId id) {
  const Node* node = producer_of(graph, id);
  if (node == nullptr) return kNoValue;
  if (node->op.is<ops::Softplus>()) return node->inputs[0];
  if (!node->op.is<ops::Log>()) return kNoValue;
  for (const ValueId e : possible_unknowns(graph, node->inputs[0])) {
    const Node* exp = producer_of(graph, e);
    if (exp == nullptr || !exp->op.is<ops::Exp>()) continue;
    const std::optional<Polynomial> p = polynomial_of(graph, node->inputs[0], e);
    if (p && p->is({{.coefficient = 1}, {.x = 1, .coefficient = 1}}, 0)) return exp->inputs[0];
  }
  return kNoValue;
}

Result<bool> fuse_mish(Graph& graph, NodeId id) {
  const ValueId t = graph.node(id).outputs[0];
  const ValueId x = softplus_argument(graph, graph.node(id).inputs[0]);
  if (x == kNoValue) return false;
  const ValueId result = product_above(graph, x, t, 1);
  return result == kNoValue ? Result<bool>(false) : replace(graph, result, ops::Mish{}, x);
}

// ------------------------------------------------------------------------- hard sigmoid and swish

// t = high HardSigmoid(alpha u + beta)
struct HardStep {
  ValueId u = kNoValue;
  double alpha = 0;
  double beta = 0;
  double high = 0;
  bool is_operator = false;  // HardSigmoid itself
};

// The other operand and the value of the one that is a scalar constant.
struct WithScalar {
  ValueId other = kNoValue;
  double scalar = 0;
};

template <class BinaryOp>
std::optional<WithScalar> with_scalar(const Graph& graph, const Node& node) {
  if (!node.op.is<BinaryOp>() || node.inputs.size() != 2) return std::nullopt;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const std::optional<double> scalar = constant_scalar(graph, node.inputs[side]);
    if (scalar) return WithScalar{node.inputs[1 - side], *scalar};
  }
  return std::nullopt;
}

// The argument of max(u, 0), of a node that only `user` needs.
ValueId positive_part(const Graph& graph, ValueId id) {
  const Node* node = producer_of(graph, id);
  if (node == nullptr || only_user(graph, id) == kNoNode) return kNoValue;
  if (node->op.is<ops::Relu>()) return node->inputs[0];
  const std::optional<WithScalar> max = with_scalar<ops::Max>(graph, *node);
  return max && max->scalar == 0 ? max->other : kNoValue;
}

std::optional<HardStep> hard_step(const Graph& graph, const Node& node) {
  if (const auto* hard = node.op.as<ops::HardSigmoid>()) {
    return HardStep{node.inputs[0], hard->alpha, hard->beta, 1, true};
  }
  ValueId u = kNoValue;
  double high = 0;
  if (node.op.is<ops::Clip>()) {
    const std::optional<double> lo = constant_scalar(graph, input_of(node, 1));
    const std::optional<double> hi = constant_scalar(graph, input_of(node, 2));
    if (!lo || !hi || *lo != 0) return std::nullopt;
    u = node.inputs[0];
    high = *hi;
  } else if (const auto min = with_scalar<ops::Min>(graph, node)) {
    u = positive_part(graph, min->other);
    high = min->scalar;
  } else if (const auto max = with_scalar<ops::Max>(graph, node); max && max->scalar == 0) {
    const Node* inner = producer_of(graph, max->other);
    if (inner == nullptr || only_user(graph, max->other) == kNoNode) return std::nullopt;
    const std::optional<WithScalar> limit = with_scalar<ops::Min>(graph, *inner);
    if (!limit) return std::nullopt;
    u = limit->other;
    high = limit->scalar;
  }
  if (u == kNoValue || high <= 0) return std::nullopt;
  return HardStep{u, 1 / high, 0, high, false};
}

// The value above `t` that is t / high, or kNoValue.
ValueId normalized_above(const Graph& graph, ValueId t, double high) {
  for (const ValueId result : arithmetic_above(graph, t)) {
    const std::optional<Polynomial> p = polynomial_of(graph, result, t);
    if (!p || !keeps_shape(graph, t, result)) continue;
    if (p->is({{.x = 1, .coefficient = 1 / high}}, tolerance_at(graph, t))) return result;
  }
  return kNoValue;
}

Result<bool> fuse_hard(Graph& graph, NodeId id) {
  const std::optional<HardStep> step = hard_step(graph, graph.node(id));
  if (!step) return false;
  const ValueId t = graph.node(id).outputs[0];
  const double tolerance = tolerance_at(graph, t);
  if (!keeps_shape(graph, step->u, t)) return false;
  // From the deepest on, so that all of the line becomes part of the function.
  const std::vector<ValueId> unknowns = possible_unknowns(graph, step->u);
  for (auto it = unknowns.rbegin(); it != unknowns.rend(); ++it) {
    const ValueId x = *it;
    const std::optional<Polynomial> u = polynomial_of(graph, step->u, x);
    if (!u) continue;
    const double slope = u->coefficient(1);
    if (!u->is({{.coefficient = u->coefficient(0)}, {.x = 1, .coefficient = slope}}, 0)) continue;
    const double alpha = step->alpha * slope;
    const double beta = step->alpha * u->coefficient(0) + step->beta;
    Polynomial line({.coefficient = beta});
    line.add(Polynomial({.x = 1, .coefficient = 1}), alpha);
    if (line.is({{.coefficient = 0.5}, {.x = 1, .coefficient = 1.0 / 6}}, tolerance)) {
      const ValueId result = product_above(graph, x, t, 1 / step->high);
      if (result != kNoValue) return replace(graph, result, ops::HardSwish{}, x);
    }
    if (step->is_operator || alpha == 0) continue;
    // A clip to [0, 1] is worth it only with the line under it.
    ValueId result = normalized_above(graph, t, step->high);
    if (result == kNoValue && step->high == 1 && x != step->u) result = t;
    if (result == kNoValue || !keeps_shape(graph, x, result)) continue;
    return replace(
        graph, result,
        ops::HardSigmoid{.alpha = static_cast<float>(alpha), .beta = static_cast<float>(beta)}, x);
  }
  if (step->is_operator || graph.node(id).op.is<ops::Clip>()) return false;
  const DType dtype = graph.value(t).type.dtype;
  TERN_ASSIGN_OR_RETURN(const ValueId low, scalar_constant(graph, dtype, 0));
  TERN_ASSIGN_OR_RETURN(const ValueId high, scalar_constant(graph, dtype, step->high));
  const ValueId inputs[] = {step->u, low, high};
  TERN_TRY(replace_expression(graph, t, ops::Clip{}, inputs));
  return true;
}

Result<bool> fuse(Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (node.outputs.empty() || node.outputs[0] == kNoValue) return false;
  if (!is_floating(graph.value(node.outputs[0]).type.dtype)) return false;
  const Op& op = node.op;
  if (op.is<ops::Sigmoid>()) return fuse_swish(graph, id);
  if (op.is<ops::Tanh>()) return fuse_mish(graph, id);
  return fuse_hard(graph, id);
}

}  // namespace

Result<bool> fuse_activation(Graph& graph, const PassContext&) {
  return for_each_node(graph, fuse);
}

}  // namespace tern::passes

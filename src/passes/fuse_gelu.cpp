#include "passes/fuse_gelu.h"

#include <numbers>

#include "base/errors.h"
#include "passes/formula.h"
#include "passes/rewrite.h"
#include "tern/ops/math.h"

namespace tern::passes {
namespace {

using ops::GeluApproximation;

constexpr double kErfFactor = std::numbers::sqrt2 / 2;
// sqrt(2 / pi), and what Hendrycks and Gimpel (arXiv 1606.08415) fitted.
const double kTanhFactor = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
constexpr double kCubic = 0.044715;

// A function and what its argument must be for it to be part of a GELU, and that as a formula of x
// and the function's result.
struct Form {
  GeluApproximation approximation = GeluApproximation::kNone;
  double linear = 0;
  double cubic = 0;
  bool sigmoid = false;  // x t in place of x (1 + t) / 2
};

std::optional<Form> form_of(const Op& op) {
  if (op.is<ops::Erf>()) return Form{.linear = kErfFactor};
  Form form{.approximation = GeluApproximation::kTanh,
            .linear = kTanhFactor,
            .cubic = kTanhFactor * kCubic};
  if (op.is<ops::Tanh>()) return form;
  if (!op.is<ops::Sigmoid>()) return std::nullopt;
  form.sigmoid = true;
  form.linear *= 2;
  form.cubic *= 2;
  return form;
}

bool argument_fits(const Polynomial& p, const Form& form, double tolerance) {
  if (form.cubic == 0) return p.is({{.x = 1, .coefficient = form.linear}}, tolerance);
  return p.is({{.x = 1, .coefficient = form.linear}, {.x = 3, .coefficient = form.cubic}},
              tolerance);
}

bool result_fits(const Polynomial& p, const Form& form, double tolerance) {
  if (form.sigmoid) return p.is({{.x = 1, .t = 1, .coefficient = 1}}, tolerance);
  return p.is({{.x = 1, .coefficient = 0.5}, {.x = 1, .t = 1, .coefficient = 0.5}}, tolerance);
}

// The value that is the argument's x, or kNoValue.
ValueId unknown_of(const Graph& graph, ValueId argument, const Form& form, double tolerance) {
  for (const ValueId x : possible_unknowns(graph, argument)) {
    const std::optional<Polynomial> p = polynomial_of(graph, argument, x);
    if (p && argument_fits(*p, form, tolerance)) return x;
  }
  return kNoValue;
}

Result<bool> fuse(Graph& graph, NodeId id) {
  const std::optional<Form> form = form_of(graph.node(id).op);
  if (!form) return false;
  const ValueId t = graph.node(id).outputs[0];
  const ValueId argument = graph.node(id).inputs[0];
  const double tolerance = formula_tolerance(graph.value(t).type.dtype);
  const ValueId x = unknown_of(graph, argument, *form, tolerance);
  if (x == kNoValue) return false;
  for (const ValueId result : arithmetic_above(graph, t)) {
    const std::optional<Polynomial> p = polynomial_of(graph, result, x, t);
    if (!p || !result_fits(*p, *form, tolerance) || !keeps_shape(graph, x, result)) continue;
    const ValueId inputs[] = {x};
    TERN_TRY(
        replace_expression(graph, result, ops::Gelu{.approximate = form->approximation}, inputs));
    return true;
  }
  return false;
}

}  // namespace

Result<bool> fuse_gelu(Graph& graph, const PassContext&) { return for_each_node(graph, fuse); }

}  // namespace tern::passes

#include <algorithm>

#include "base/errors.h"
#include "tern/autodiff.h"
#include "tern/functions.h"
#include "tern/optimizer.h"

namespace tern {
namespace {

std::vector<Value> trainable_variables(GraphBuilder& b) {
  std::vector<Value> found;
  const Graph& graph = b.graph();
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const ValueData& value = graph.value(id);
    if (value.kind == ValueKind::kVariable && value.trainable && is_floating(value.type.dtype)) {
      found.emplace_back(&b, id);
    }
  }
  return found;
}

// All gradients times min(1, limit / norm), the norm over all of them (Pascanu et al. 2013).
void limit_norm(std::vector<Value>& gradients, double limit) {
  Value squares;
  for (const Value& gradient : gradients) {
    if (!gradient.present()) continue;
    const Value g = cast(gradient, DType::kF32);  // squares are soon too large for f16
    const Value sum = reduce_sum(g * g, {}, false);
    squares = squares.present() ? squares + sum : sum;
  }
  // The smallest normal number keeps the quotient finite when every gradient is zero.
  const Value factor =
      minimum(limit / (sqrt(squares) + 0x1p-126), squares.builder()->scalar_of(DType::kF32, 1));
  for (Value& gradient : gradients) {
    if (gradient.present()) gradient = gradient * cast(factor, gradient.dtype());
  }
}

}  // namespace

TrainingInputs minimize(Value loss, const Optimizer& optimizer, const MinimizeOptions& options) {
  if (!loss.present()) return {};
  GraphBuilder& b = *loss.builder();
  TrainingInputs in{.learning_rate = b.input("learning_rate", DType::kF32, {}),
                    .step = b.input("step", DType::kI64, {})};
  if (!(options.max_gradient_norm >= 0)) {
    b.fail(invalid_argument("gradient norm {} is below 0", options.max_gradient_norm));
    return in;
  }
  const std::vector<Value> parameters = trainable_variables(b);
  std::vector<Value> d = gradients(loss, parameters);
  const bool any = std::ranges::any_of(d, [](const Value& g) { return g.present(); });
  if (!any) {
    b.fail(invalid_argument("the loss depends on no trainable variable"));
    return in;
  }
  if (options.max_gradient_norm > 0) limit_norm(d, options.max_gradient_norm);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!d[i].present()) continue;
    optimizer.add_update({.builder = b,
                          .parameter = parameters[i],
                          .gradient = d[i],
                          .learning_rate = in.learning_rate,
                          .step = in.step});
  }
  return in;
}

}  // namespace tern

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

void limit_values(std::vector<Value>& gradients, double limit) {
  for (Value& gradient : gradients) {
    if (gradient.present()) gradient = clip(gradient, -limit, limit);
  }
}

// Gradients of the loss with respect to `parameters`; empty, and a mistake, when there are none.
std::vector<Value> gradients_of(Value loss, const std::vector<Value>& parameters) {
  std::vector<Value> d = gradients(loss, parameters);
  if (std::ranges::any_of(d, [](const Value& g) { return g.present(); })) return d;
  loss.builder()->fail(invalid_argument("the loss depends on no trainable variable"));
  return {};
}

Value gradient_sum(GraphBuilder& b, Value parameter) {
  return ParameterUpdate{
      .builder = b, .parameter = parameter, .gradient = {}, .learning_rate = {}, .step = {}}
      .state("accumulated");
}

// The mean of the sums before and this step's gradients; the sums become zeros.
void join_accumulated(GraphBuilder& b, const std::vector<Value>& parameters,
                      std::vector<Value>& gradients, std::int64_t steps) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!gradients[i].present()) continue;
    const Value sum = gradient_sum(b, parameters[i]);
    gradients[i] = (sum + gradients[i]) / static_cast<double>(steps);
    b.update(sum, zeros_like(sum));
  }
}

void add_averages(GraphBuilder& b, Value step, double decay) {
  const Value s = cast(step, DType::kF32);
  const Value rise = (s + 1.0) / (s + 10.0);
  const Value rest = 1.0 - minimum(rise, b.scalar_of(DType::kF32, decay));
  // A copy: new updates are added on the way.
  const std::span<const VariableUpdate> made = b.graph().updates();
  for (const VariableUpdate& update : std::vector<VariableUpdate>(made.begin(), made.end())) {
    const ValueData& variable = b.graph().value(update.variable);
    if (!variable.trainable) continue;
    const Value average = b.variable(average_name(variable.name), variable.tensor, false);
    const Value moved(&b, update.new_value);
    b.update(average, average + (moved - average) * cast(rest, average.dtype()));
  }
}

Status check(const MinimizeOptions& options) {
  if (!(options.max_gradient_norm >= 0)) {
    return invalid_argument("gradient norm {} is below 0", options.max_gradient_norm);
  }
  if (!(options.max_gradient_value >= 0)) {
    return invalid_argument("gradient value {} is below 0", options.max_gradient_value);
  }
  if (!(options.l1 >= 0)) return invalid_argument("l1 {} is below 0", options.l1);
  if (options.accumulate < 1) {
    return invalid_argument("gradients of {} steps cannot be accumulated", options.accumulate);
  }
  if (!(options.average_decay >= 0 && options.average_decay < 1)) {
    return invalid_argument("average decay {} is not in [0, 1)", options.average_decay);
  }
  return {};
}

}  // namespace

TrainingInputs minimize(Value loss, const Optimizer& optimizer, const MinimizeOptions& options) {
  if (!loss.present()) return {};
  GraphBuilder& b = *loss.builder();
  TrainingInputs in{.learning_rate = b.input("learning_rate", DType::kF32, {}),
                    .step = b.input("step", DType::kI64, {})};
  if (Status status = check(options); !status.ok()) {
    b.fail(std::move(status));
    return in;
  }
  const std::vector<Value> parameters = trainable_variables(b);
  std::vector<Value> d = gradients_of(loss, parameters);
  if (d.empty()) return in;
  if (options.accumulate > 1) join_accumulated(b, parameters, d, options.accumulate);
  if (options.max_gradient_value > 0) limit_values(d, options.max_gradient_value);
  if (options.max_gradient_norm > 0) limit_norm(d, options.max_gradient_norm);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!d[i].present()) continue;
    if (options.l1 > 0) d[i] = d[i] + sign(parameters[i]) * options.l1;
    optimizer.add_update({.builder = b,
                          .parameter = parameters[i],
                          .gradient = d[i],
                          .learning_rate = in.learning_rate,
                          .step = in.step});
  }
  if (options.average_decay > 0) add_averages(b, in.step, options.average_decay);
  return in;
}

void accumulate_gradients(Value loss) {
  if (!loss.present()) return;
  GraphBuilder& b = *loss.builder();
  const std::vector<Value> parameters = trainable_variables(b);
  const std::vector<Value> d = gradients_of(loss, parameters);
  for (std::size_t i = 0; i < d.size(); ++i) {
    if (!d[i].present()) continue;
    const Value sum = gradient_sum(b, parameters[i]);
    b.update(sum, sum + d[i]);
  }
}

std::string average_name(std::string_view parameter) {
  return fmt::format("optimizer/{}/average", parameter);
}

}  // namespace tern

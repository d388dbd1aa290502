#include "tern/optimizer.h"

#include "base/errors.h"
#include "tern/functions.h"
#include "tern/ops/train.h"

namespace tern {
namespace {

class Sgd final : public Optimizer {
 public:
  explicit Sgd(const SgdOptions& options) : options_(options) {}

  void add_update(const ParameterUpdate& u) const override {
    if (!(options_.momentum >= 0 && options_.momentum < 1) || !(options_.weight_decay >= 0)) {
      return u.builder.fail(invalid_argument("sgd: momentum {} or weight decay {} is out of range",
                                             options_.momentum, options_.weight_decay));
    }
    const bool has_state = options_.momentum > 0;
    const Value state = has_state ? u.state("momentum") : Value();
    const ops::SgdUpdate op{.momentum = static_cast<float>(options_.momentum),
                            .nesterov = options_.nesterov,
                            .weight_decay = static_cast<float>(options_.weight_decay)};
    const auto results =
        u.builder.op_n(op, {u.parameter, u.gradient, u.learning_rate, state}, has_state ? 2 : 1);
    u.builder.update(u.parameter, results[0]);
    if (has_state) u.builder.update(state, results[1]);
  }

 private:
  SgdOptions options_;
};

class Adam final : public Optimizer {
 public:
  Adam(const AdamOptions& options, bool decoupled) : options_(options), decoupled_(decoupled) {}

  void add_update(const ParameterUpdate& u) const override {
    const auto is_rate = [](double beta) { return beta >= 0 && beta < 1; };
    if (!is_rate(options_.beta1) || !is_rate(options_.beta2) || !(options_.epsilon > 0) ||
        !(options_.weight_decay >= 0)) {
      return u.builder.fail(invalid_argument(
          "adam: beta1 {}, beta2 {}, epsilon {} or weight decay {} is out of range", options_.beta1,
          options_.beta2, options_.epsilon, options_.weight_decay));
    }
    const Value mean = u.state("mean");
    const Value square = u.state("square");
    const ops::AdamUpdate op{.beta1 = static_cast<float>(options_.beta1),
                             .beta2 = static_cast<float>(options_.beta2),
                             .decoupled_weight_decay = decoupled_,
                             .epsilon = static_cast<float>(options_.epsilon),
                             .weight_decay = static_cast<float>(options_.weight_decay)};
    const auto results =
        u.builder.op_n(op, {u.parameter, u.gradient, u.learning_rate, u.step, mean, square}, 3);
    u.builder.update(u.parameter, results[0]);
    u.builder.update(mean, results[1]);
    u.builder.update(square, results[2]);
  }

 private:
  AdamOptions options_;
  bool decoupled_;
};

}  // namespace

Value ParameterUpdate::state(std::string_view name) const {
  const Graph& graph = builder.graph();
  const TypeInfo& type = parameter.type();
  Result<Tensor> zeros = Tensor::zeros(type.dtype, type.concrete_shape());
  if (!zeros.ok()) {
    builder.fail(zeros.status());
    return {};
  }
  const std::string full = fmt::format("optimizer/{}/{}", graph.value(parameter.id()).name, name);
  return builder.variable(full, std::move(*zeros), false);
}

std::shared_ptr<const Optimizer> sgd(const SgdOptions& options) {
  return std::make_shared<Sgd>(options);
}

std::shared_ptr<const Optimizer> adam(const AdamOptions& options) {
  return std::make_shared<Adam>(options, false);
}

std::shared_ptr<const Optimizer> adamw(const AdamOptions& options) {
  return std::make_shared<Adam>(options, true);
}

}  // namespace tern

// Optimisers written with ordinary operators; the formulas stand in tern/optimizer.h.
#include "base/errors.h"
#include "tern/functions.h"
#include "tern/optimizer.h"

namespace tern {
namespace {

// The quantities of an update in f32 or f64: squares of gradients are soon too small for f16.
struct Arithmetic {
  Arithmetic(const ParameterUpdate& update, double weight_decay)
      : update(update),
        type(update.parameter.dtype() == DType::kF64 ? DType::kF64 : DType::kF32),
        parameter(wide(update.parameter)),
        gradient(wide(update.gradient)),
        rate(wide(update.learning_rate)) {
    if (weight_decay > 0) gradient = gradient + parameter * weight_decay;
  }

  Value wide(Value x) const { return x.dtype() == type ? x : cast(x, type); }

  void set(Value variable, Value result) const {
    const DType own = variable.dtype();
    update.builder.update(variable, result.dtype() == own ? result : cast(result, own));
  }
  void move_by(Value step) const { set(update.parameter, parameter - step); }

  // share * state + (1 - share) * x, which becomes the state.
  Value running_mean(std::string_view name, double share, Value x) const {
    const Value state = update.state(name);
    const Value mean = wide(state) * share + x * (1 - share);
    set(state, mean);
    return mean;
  }

  // 1 - beta^step, in f64: the difference of two numbers that are near at first.
  Value correction(double beta) const {
    const Value base = update.builder.scalar_of(DType::kF64, beta);
    return wide(1.0 - pow(base, cast(update.step, DType::kF64)));
  }

  const ParameterUpdate& update;
  DType type;
  Value parameter;
  Value gradient;
  Value rate;
};

bool is_share(double x) { return x >= 0 && x < 1; }

class Adagrad final : public Optimizer {
 public:
  explicit Adagrad(const AdagradOptions& options) : options_(options) {}

  void add_update(const ParameterUpdate& u) const override {
    if (!(options_.rate_decay >= 0) || !(options_.epsilon > 0) || !(options_.weight_decay >= 0)) {
      return u.builder.fail(
          invalid_argument("adagrad: rate decay {}, epsilon {} or weight decay {} is out of range",
                           options_.rate_decay, options_.epsilon, options_.weight_decay));
    }
    const Arithmetic a(u, options_.weight_decay);
    const Value state = u.state("sum");
    const Value sum = a.wide(state) + a.gradient * a.gradient;
    a.set(state, sum);
    Value rate = a.rate;
    if (options_.rate_decay > 0) {
      rate = rate / ((a.wide(u.step) - 1.0) * options_.rate_decay + 1.0);
    }
    a.move_by(rate * a.gradient / (sqrt(sum) + options_.epsilon));
  }

 private:
  AdagradOptions options_;
};

class RmsProp final : public Optimizer {
 public:
  explicit RmsProp(const RmsPropOptions& options) : options_(options) {}

  void add_update(const ParameterUpdate& u) const override {
    if (!is_share(options_.alpha) || !is_share(options_.momentum) || !(options_.epsilon > 0) ||
        !(options_.weight_decay >= 0)) {
      return u.builder.fail(invalid_argument(
          "rmsprop: alpha {}, momentum {}, epsilon {} or weight decay {} is out of range",
          options_.alpha, options_.momentum, options_.epsilon, options_.weight_decay));
    }
    const Arithmetic a(u, options_.weight_decay);
    Value square = a.running_mean("square", options_.alpha, a.gradient * a.gradient);
    if (options_.centered) {
      const Value mean = a.running_mean("mean", options_.alpha, a.gradient);
      // A variance; rounding must not make it negative.
      square = relu(square - mean * mean);
    }
    Value step = a.gradient / (sqrt(square) + options_.epsilon);
    if (options_.momentum > 0) {
      const Value state = u.state("momentum");
      step = a.wide(state) * options_.momentum + step;
      a.set(state, step);
    }
    a.move_by(a.rate * step);
  }

 private:
  RmsPropOptions options_;
};

class Adadelta final : public Optimizer {
 public:
  explicit Adadelta(const AdadeltaOptions& options) : options_(options) {}

  void add_update(const ParameterUpdate& u) const override {
    if (!is_share(options_.rho) || !(options_.epsilon > 0) || !(options_.weight_decay >= 0)) {
      return u.builder.fail(
          invalid_argument("adadelta: rho {}, epsilon {} or weight decay {} is out of range",
                           options_.rho, options_.epsilon, options_.weight_decay));
    }
    const Arithmetic a(u, options_.weight_decay);
    const Value square = a.running_mean("square", options_.rho, a.gradient * a.gradient);
    const Value state = u.state("delta");
    const Value before = a.wide(state);
    const Value delta =
        sqrt(before + options_.epsilon) / sqrt(square + options_.epsilon) * a.gradient;
    a.set(state, before * options_.rho + delta * delta * (1 - options_.rho));
    a.move_by(a.rate * delta);
  }

 private:
  AdadeltaOptions options_;
};

Value norm_of(Value x) { return sqrt(reduce_sum(x * x, {}, false)); }

class Lamb final : public Optimizer {
 public:
  explicit Lamb(const LambOptions& options) : options_(options) {}

  void add_update(const ParameterUpdate& u) const override {
    if (!is_share(options_.beta1) || !is_share(options_.beta2) || !(options_.epsilon > 0) ||
        !(options_.weight_decay >= 0)) {
      return u.builder.fail(invalid_argument(
          "lamb: beta1 {}, beta2 {}, epsilon {} or weight decay {} is out of range", options_.beta1,
          options_.beta2, options_.epsilon, options_.weight_decay));
    }
    const Arithmetic a(u, 0);
    const Value mean = a.running_mean("mean", options_.beta1, a.gradient);
    const Value square = a.running_mean("square", options_.beta2, a.gradient * a.gradient);
    Value step = mean / a.correction(options_.beta1) /
                 (sqrt(square / a.correction(options_.beta2)) + options_.epsilon);
    if (options_.weight_decay > 0) step = step + a.parameter * options_.weight_decay;
    const Value size = norm_of(a.parameter);
    const Value step_size = norm_of(step);
    const Value both = logical_and(greater(size, 0.0), greater(step_size, 0.0));
    a.move_by(a.rate * where(both, size / step_size, 1.0) * step);
  }

 private:
  LambOptions options_;
};

}  // namespace

std::shared_ptr<const Optimizer> adagrad(const AdagradOptions& options) {
  return std::make_shared<Adagrad>(options);
}

std::shared_ptr<const Optimizer> rmsprop(const RmsPropOptions& options) {
  return std::make_shared<RmsProp>(options);
}

std::shared_ptr<const Optimizer> adadelta(const AdadeltaOptions& options) {
  return std::make_shared<Adadelta>(options);
}

std::shared_ptr<const Optimizer> lamb(const LambOptions& options) {
  return std::make_shared<Lamb>(options);
}

}  // namespace tern

// Optimisers and learning rates: how gradients change a model's variables.
//
//   tern::TrainingInputs in = tern::minimize(loss, *tern::adam());
//   auto session = tern::Session::create(*b.build());
//   session->run({{"x", x}, {"learning_rate", ...}, {"step", ...}});       // one step of training
//
// Trainer (tern/trainer.h) does this with epochs, evaluation and checkpoints around it. Optimisers
// are immutable and may be shared between threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tern/graph_builder.h"

namespace tern {

/// What an optimiser sees while it writes the update of one parameter.
struct ParameterUpdate {
  GraphBuilder& builder;
  Value parameter;      ///< a variable
  Value gradient;       ///< of its type and shape
  Value learning_rate;  ///< f32 scalar
  Value step;           ///< i64 scalar, 1 for the first update

  /// A variable of the optimiser's own, zeros of the parameter's type and shape, which is kept with
  /// the model's in checkpoints: "optimizer/<parameter>/<name>".
  Value state(std::string_view name) const;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// Adds the nodes that compute the parameter's new value and those of its states, and an update
  /// for each with GraphBuilder::update(). Mistakes are kept by the builder.
  virtual void add_update(const ParameterUpdate& update) const = 0;
};

struct SgdOptions {
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;  ///< added to the gradient, times the parameter
};
/// ops::SgdUpdate has the formulas.
std::shared_ptr<const Optimizer> sgd(const SgdOptions& options = {});

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
};
/// Kingma and Ba 2015; ops::AdamUpdate has the formulas. Weight decay is added to the gradient.
std::shared_ptr<const Optimizer> adam(const AdamOptions& options = {});
/// Loshchilov and Hutter 2019: weight decay shrinks the parameters apart from the gradient.
std::shared_ptr<const Optimizer> adamw(const AdamOptions& options = {.weight_decay = 0.01});

// The following are written W, G and R for the parameter, its gradient and the learning rate, and
// with g = G + weight_decay * W; states begin at 0. All but LAMB are those of torch 1.13.

struct AdagradOptions {
  double rate_decay = 0;
  double epsilon = 1e-10;
  double weight_decay = 0;
};
/// Duchi, Hazan and Singer 2011.
///   S' = S + g^2,  W' = W - R / (1 + (step - 1) rate_decay) * g / (sqrt(S') + epsilon)
std::shared_ptr<const Optimizer> adagrad(const AdagradOptions& options = {});

struct RmsPropOptions {
  double alpha = 0.99;
  double epsilon = 1e-8;
  double momentum = 0;
  bool centered = false;
  double weight_decay = 0;
};
/// Hinton 2012; `centered` as by Graves 2013. With s = V' - M'^2 when centered, else V':
///   V' = alpha V + (1 - alpha) g^2,  M' = alpha M + (1 - alpha) g
///   B' = momentum B + g / (sqrt(s) + epsilon),  W' = W - R B'
std::shared_ptr<const Optimizer> rmsprop(const RmsPropOptions& options = {});

struct AdadeltaOptions {
  double rho = 0.9;
  double epsilon = 1e-6;
  double weight_decay = 0;
};
/// Zeiler 2012; made for a learning rate of 1.
///   V' = rho V + (1 - rho) g^2,  d = sqrt(D + epsilon) / sqrt(V' + epsilon) * g
///   D' = rho D + (1 - rho) d^2,  W' = W - R d
std::shared_ptr<const Optimizer> adadelta(const AdadeltaOptions& options = {});

struct LambOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-6;
  double weight_decay = 0.01;
};
/// You et al. 2020, algorithm 2 with phi(z) = z, for large batches: a step of Adam whose length is
/// that of the parameter.
///   M' = beta1 M + (1 - beta1) G,  V' = beta2 V + (1 - beta2) G^2
///   d = M' / (1 - beta1^step) / (sqrt(V' / (1 - beta2^step)) + epsilon) + weight_decay W
///   W' = W - R |W| / |d| d, where the quotient of the norms is 1 when one of them is 0
std::shared_ptr<const Optimizer> lamb(const LambOptions& options = {});

struct MinimizeOptions {
  /// Gradients are scaled down together where the root of the sum of all their squares is larger;
  /// 0: they are taken as they are.
  double max_gradient_norm = 0;
  /// Before that, each element of a gradient is brought into [-max_gradient_value,
  /// max_gradient_value]; 0: it is taken as it is.
  double max_gradient_value = 0;
  /// L1 regularisation: l1 * sign(parameter) is added to the gradients after the limits. (For L2
  /// see the optimisers' weight_decay.)
  double l1 = 0;
  /// The update takes the mean gradient of so many steps: of those before, which
  /// accumulate_gradients() has summed, and of this one. The sums become zeros again.
  std::int64_t accumulate = 1;
  /// Above 0: an average of every parameter W over the updates is kept as a variable,
  /// average_name(W): A' = s A + (1 - s) W' with s = min(average_decay, (1 + step) / (10 + step)),
  /// so that the first steps are soon forgotten. A begins as W does.
  double average_decay = 0;
};

/// The inputs that minimize() adds to a graph, to be fed in every step.
struct TrainingInputs {
  Value learning_rate;  ///< "learning_rate", f32 scalar
  Value step;           ///< "step", i64 scalar, 1 for the first
};

/// Appends one step of training to the graph of `loss`, a scalar: gradients with respect to all
/// trainable variables, and their updates. Variables that the loss does not depend on stay as they
/// are; it is a mistake when there is no other, or when an option is out of its range.
TrainingInputs minimize(Value loss, const Optimizer& optimizer,
                        const MinimizeOptions& options = {});

/// Appends a step that only adds the gradients of `loss` to sums, for MinimizeOptions::accumulate:
/// "optimizer/<parameter>/accumulated". A session of its own that shares the variables runs it.
void accumulate_gradients(Value loss);

/// "optimizer/<parameter>/average", see MinimizeOptions::average_decay.
std::string average_name(std::string_view parameter);

/// The learning rate of each step, 0 for the first. A pure function, so that training resumes at
/// any step.
using LearningRate = std::function<double(std::int64_t step)>;

LearningRate constant_rate(double rate);
/// `rate`, times `factor` after every `steps` steps.
LearningRate step_decay(double rate, std::int64_t steps, double factor);
/// From `rate` at step 0 down to `last` at `steps` and beyond, along half a cosine.
LearningRate cosine_decay(double rate, std::int64_t steps, double last = 0);
struct OneCycleOptions {
  double rise = 0.3;    ///< share of the steps that it rises for, in [0, 1]
  double start = 0.04;  ///< share of the rate at step 0
  double last = 4e-6;   ///< share of the rate at the end
};
/// Smith and Topin 2018, as in torch: along half a cosine from start * rate at step 0 up to `rate`
/// at step rise * steps - 1, and along another one down to last * rate at steps - 1 and beyond.
LearningRate one_cycle(double rate, std::int64_t steps, const OneCycleOptions& options = {});
/// Rises evenly for `steps` steps to what `then` gives at its step 0, then goes on with `then`.
LearningRate warm_up(std::int64_t steps, LearningRate then);

}  // namespace tern

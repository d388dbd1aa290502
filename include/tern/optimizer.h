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

struct MinimizeOptions {
  /// Gradients are scaled down together where the root of the sum of all their squares is larger;
  /// 0: they are taken as they are.
  double max_gradient_norm = 0;
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

/// The learning rate of each step, 0 for the first. A pure function, so that training resumes at
/// any step.
using LearningRate = std::function<double(std::int64_t step)>;

LearningRate constant_rate(double rate);
/// `rate`, times `factor` after every `steps` steps.
LearningRate step_decay(double rate, std::int64_t steps, double factor);
/// From `rate` at step 0 down to `last` at `steps` and beyond, along half a cosine.
LearningRate cosine_decay(double rate, std::int64_t steps, double last = 0);
/// Rises evenly for `steps` steps to what `then` gives at its step 0, then goes on with `then`.
LearningRate warm_up(std::int64_t steps, LearningRate then);

}  // namespace tern

// Trainer: teaches a model from data. One step of training, forward, backward and the optimiser's
// updates in place, is one plan.
//
//   auto trainer = tern::Trainer::create(model, *tern::target_of(data), {
//       .loss = [](tern::Value y, tern::Value t) { return tern::cross_entropy(y, t); },
//       .metrics = {{"accuracy", tern::accuracy}},
//       .learning_rate = tern::constant_rate(0.001)});
//   auto result = trainer->fit(train_loader, {.epochs = 10, .validation = &test_loader});
//   tern::Status saved = trainer->save("model.onnx");
//
// The model is a graph as it runs (tern/nn.h, or an import after make_trainable()); what training
// needs beside it is added here, and training, evaluation and every Session that is given
// variables() share its variables. Same model, data, options and thread count: same numbers, bit
// for bit, also when training was cut off and resumed from a checkpoint. One thread at a time may
// use a trainer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "tern/dataset.h"
#include "tern/graph.h"
#include "tern/graph_builder.h"
#include "tern/model.h"
#include "tern/optimizer.h"
#include "tern/session.h"
#include "tern/status.h"

namespace tern {

namespace train {
struct TrainerCore;
}

/// From the model's first output and the target of a batch to a scalar, the mean over the rows.
using BatchFunction = std::function<Value(Value output, Value target)>;

struct Metric {
  std::string name;
  BatchFunction compute;
  bool larger_is_better = true;
};

struct TrainerOptions {
  BatchFunction loss = {};
  /// Computed in evaluations beside the loss.
  std::vector<Metric> metrics = {};
  std::shared_ptr<const Optimizer> optimizer = adam();
  LearningRate learning_rate = constant_rate(1e-3);
  /// See MinimizeOptions for these.
  double max_gradient_norm = 0;
  double max_gradient_value = 0;
  double l1 = 0;
  /// The optimiser moves the parameters after every so many steps, by their mean gradient; steps at
  /// the end of a training that complete no such group move nothing.
  std::int64_t accumulate = 1;
  /// Above 0: evaluations and save() take the averages of the parameters; variables() has both.
  double average_decay = 0;
  /// What random operators (dropout) draw from.
  std::uint64_t seed = 0;
  /// Threads or pool, passes, memory limit. Seed and variables are the trainer's.
  SessionOptions session = {};
};

/// Means over all rows of a dataset.
struct Evaluation {
  std::int64_t rows = 0;
  double loss = 0;
  std::vector<double> metrics = {};  ///< in the order of TrainerOptions::metrics
};

struct EpochReport {
  std::int64_t epoch = 0;  ///< from 1
  std::int64_t step = 0;   ///< steps of training done in all
  double loss = 0;         ///< mean over the epoch, while the variables changed
  double learning_rate = 0;
  std::optional<Evaluation> validation = {};
  bool best = false;  ///< better than all epochs before
  double seconds = 0;
};

/// Lowers the learning rate when nothing gets better, by the rule of torch's ReduceLROnPlateau.
struct PlateauOptions {
  /// More than so many epochs in a row without a better one end in a lower rate.
  std::int64_t patience = 10;
  double factor = 0.1;      ///< what the rate is then multiplied by, in (0, 1)
  double threshold = 1e-4;  ///< better is more than this share better than the best, in [0, 1)
  double last = 0;          ///< share of the first rate that always remains
};

struct FitOptions {
  /// In all: a resumed training does what is left of them.
  std::int64_t epochs = 1;
  /// Evaluated after every epoch; not owned.
  DataLoader* validation = nullptr;
  /// What makes an epoch the best: "loss" (of the validation data), or the name of a metric. Empty:
  /// the first metric, or the loss when there is none.
  std::string monitor = {};
  /// Ends training after so many epochs without a better one; 0: never.
  std::int64_t patience = 0;
  /// Watches what `monitor` names, without validation data the loss of training.
  std::optional<PlateauOptions> plateau = {};
  /// At the end the variables become those of the best epoch.
  bool keep_best = false;
  /// File that save_checkpoint() writes after every epoch, before anything else that is lost when
  /// the process ends; empty: none.
  std::string checkpoint = {};
  /// Writes it after so many steps too; 0: after epochs only.
  std::int64_t checkpoint_steps = 0;
  /// Shows a bar on stderr for epochs that take longer than two seconds.
  bool progress = false;
  /// Called after every epoch; a failure ends training.
  std::function<Status(const EpochReport&)> on_epoch = {};
  /// When requested, training ends after the current step, with its checkpoint written.
  std::stop_token stop = {};
};

enum class FitEnd : std::uint8_t {
  kFinished,   ///< all epochs are done
  kNoBetter,   ///< FitOptions::patience
  kRequested,  ///< FitOptions::stop
};

struct FitResult {
  FitEnd end = FitEnd::kFinished;
  std::int64_t epochs = 0;      ///< done in all
  std::int64_t steps = 0;       ///< done in all
  std::int64_t best_epoch = 0;  ///< from 1; 0 without validation
  double best_value = 0;        ///< what was monitored
};

/// What Trainer::create() takes for a dataset whose last field is the target.
Result<DataField> target_of(const Dataset& dataset);

class Trainer {
 public:
  /// Fails when the model has no trainable variable, no derivative, or does not fit the loss.
  static Result<Trainer> create(Graph model, const DataField& target, TrainerOptions options);
  ~Trainer();
  Trainer(Trainer&&) noexcept;
  Trainer& operator=(Trainer&&) noexcept;

  /// One step on a batch: the model's inputs in their order, then the target, one row per entry of
  /// their first axes. Elements are converted to the type the model wants, and rows take its shape
  /// where they have as many elements. Returns the loss before the update. kAborted when that is
  /// not finite: the variables are of no use then.
  Result<double> step(std::span<const Tensor> batch);
  /// The same without learning: loss and metrics of one batch.
  Result<Evaluation> evaluate(std::span<const Tensor> batch);
  /// Of all batches of the loader, whose epoch 0 is started.
  Result<Evaluation> evaluate(DataLoader& data);

  /// Trains until an end, see FitOptions; after load_checkpoint() from where that one was made. The
  /// fields of the dataset are the model's inputs and the target, in this order.
  Result<FitResult> fit(DataLoader& data, const FitOptions& options);

  /// Writes everything that a later fit() with the same model, options and data needs to go on as
  /// if nothing had happened. Replaces the file in one step.
  Status save_checkpoint(const std::string& path) const;
  /// kFailedPrecondition when it belongs to another model, seed or optimiser; then, and after any
  /// other failure, the trainer is as it was. Whether the data agree is checked by fit().
  Status load_checkpoint(const std::string& path);

  /// Writes the model with the present values of its variables.
  Status save(const std::string& path, SaveOptions options = {}) const;

  /// The model as it was given.
  const Graph& model() const;
  const std::shared_ptr<VariableStore>& variables() const;
  /// Steps of training done.
  std::int64_t steps() const;

 private:
  explicit Trainer(std::unique_ptr<train::TrainerCore> core);
  std::unique_ptr<train::TrainerCore> core_;
};

}  // namespace tern

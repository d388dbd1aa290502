// What a Trainer is made of; trainer.cpp has single steps, fit.cpp the loop over epochs.
#pragma once

#include "tern/trainer.h"
#include "train/checkpoint/trainer_state.h"

namespace tern::train {

struct TrainerCore {
  Graph model;
  TypeInfo target;
  TrainerOptions options;
  std::shared_ptr<VariableStore> store;
  Session training;
  std::optional<Session> accumulating;  // of TrainerOptions::accumulate above 1
  Session evaluation;
  TrainerState state;

  Result<double> step(std::span<const Tensor> batch);
  Result<Evaluation> evaluate(std::span<const Tensor> batch);
  Result<Evaluation> evaluate(DataLoader& data);
  Status save_checkpoint(const std::string& path) const;
  Status load_checkpoint(const std::string& path);
  /// The variable whose value evaluations and save() take for a parameter: its average, or itself.
  const Tensor* value_of(const std::string& parameter) const;
  /// Which rows come in which order from `data`.
  static DataIdentity identity_of(const DataLoader& data);

 private:
  // The tensors of a batch as the model's inputs and target.
  Result<std::vector<Tensor>> adapt(std::span<const Tensor> batch) const;
};

}  // namespace tern::train

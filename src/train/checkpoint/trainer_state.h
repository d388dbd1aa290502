// Where a training stands beside its variables, and how that becomes tensors of a checkpoint
// (docs/formats/checkpoint.md names them).
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "train/checkpoint/checkpoint_file.h"

namespace tern::train {

/// What decides which rows come in which order; a resumed training must be given the same.
struct DataIdentity {
  std::int64_t rows = 0;
  std::int64_t batch = 0;
  std::int64_t shuffle = 0;    // 0 or 1
  std::int64_t drop_last = 0;  // 0 or 1
  std::uint64_t seed = 0;      // 0 without shuffle

  friend bool operator==(const DataIdentity&, const DataIdentity&) = default;
};
/// "1437 rows, batch 64, shuffled with seed 1".
std::string to_string(const DataIdentity& data);

struct TrainerState {
  std::int64_t step = 0;   // done in all
  std::int64_t epoch = 0;  // the one in progress, from 0
  std::int64_t batch = 0;  // done in that epoch
  // Of that epoch: the sum of losses times rows, and of rows.
  double loss_sum = 0;
  std::int64_t loss_rows = 0;
  std::uint64_t seed = 0;  // of random operators
  DataIdentity data;
  // Epochs are counted from 1 here; 0 means none yet.
  std::int64_t best_epoch = 0;
  double best_value = 0;
  // Of PlateauOptions: what the rate is multiplied by, the best value (NaN: none yet), and the
  // epochs since then or since the last change of the rate.
  double rate_share = 1;
  double plateau_best = std::numeric_limits<double>::quiet_NaN();
  std::int64_t plateau_epochs = 0;
  NamedTensors best;  // the model's variables after that epoch, when they are kept
};

/// State and variables as the tensors of a checkpoint, which share memory with what is given.
NamedTensors to_tensors(const TrainerState& state, const NamedTensors& variables);

/// The state in a checkpoint; kDataLoss when a part is missing or impossible.
Result<TrainerState> state_of(const NamedTensors& checkpoint);
/// The variables in a checkpoint, by their own names.
NamedTensors variables_of(const NamedTensors& checkpoint);

}  // namespace tern::train

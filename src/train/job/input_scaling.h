// What a model does to raw inputs first: x * factor + offset, one pair per entry of the first axis
// of a row, or one for all.
#pragma once

#include <vector>

#include "tern/dataset.h"
#include "train/job/train_config.h"

namespace tern::train {

struct InputScaling {
  std::vector<double> factor;
  std::vector<double> offset;  ///< as many

  bool is_identity() const;
};

/// From the configuration, or of the data: with `standardize` every entry of the first axis of
/// field 0 gets mean 0 and deviation 1 over all rows (an entry that never changes is only shifted).
Result<InputScaling> input_scaling(const InputConfig& config, const Dataset& data);

}  // namespace tern::train

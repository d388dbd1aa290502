// Inputs of typical runs, read from the files that people have.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "inspect/input_rows.h"

namespace tern::inspect {

/// One tensor per input of the model.
using Sample = std::vector<Tensor>;

struct SampleOptions {
  std::int64_t limit = 100;  ///< samples at most, 0 for all
  RowChoices rows;
};

/// The samples that `paths` hold, in order. A folder with input_0.pb is one, a folder of such
/// folders (test_data_set_0, ...) several; of anything else (open_input_rows()) every row is one,
/// or, where the model states how many rows a run has, every run of as many rows.
/// kInvalidArgument when there is none, or for rows of a model with several inputs.
Result<std::vector<Sample>> read_samples(std::span<const std::string> paths, const Session& session,
                                         const SampleOptions& options);

}  // namespace tern::inspect

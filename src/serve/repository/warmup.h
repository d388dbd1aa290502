// Warm-up: requests that a model answers before it serves others, so that those find its bindings
// made and its memory touched.
#pragma once

#include <string>

#include "serve/batch/scheduler.h"
#include "serve/repository/model_config.h"

namespace tern::serve {

/// Runs every sample of `config`. `folder` holds the folder warmup/ with the samples' files.
/// kInvalidArgument, with the sample's name: it does not suit the model, or the run fails.
Status warm_up(const ModelConfig& config, const Signature& signature, const std::string& folder,
               const RunModel& run);

}  // namespace tern::serve

// What the extensions of the Open Inference Protocol for repositories and statistics tell of
// models.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "serve/repository/repository.h"

namespace tern::serve {

/// [{"name", "version", "state", "reason"}, ...]; those that are ready only, or all.
std::string write_repository_index(std::span<const ModelStatus> models, bool ready_only);

/// {"model_stats": [...]}: of every model, since it was loaded, in nanoseconds. Inputs are read and
/// outputs written request by request, so "batch_stats" have times of runs only.
std::string write_statistics(std::span<const std::shared_ptr<const ServedModel>> models);

/// A request to load a model: {"parameters": {"config": "<JSON>"}}, or nothing.
struct LoadRequest {
  std::optional<std::string> config;
};
/// kInvalidArgument; kUnimplemented for parameters "file:..." that bring files.
Result<LoadRequest> read_load_request(std::string_view body);

/// Whether a request for the index wants ready models only: {"ready": true}.
Result<bool> read_index_request(std::string_view body);

}  // namespace tern::serve

// The answer to an infer request, as the Open Inference Protocol has it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "serve/repository/served_model.h"
#include "tern/tensor.h"

namespace tern::serve {

/// {"model_name": ..., "model_version": ..., "id": ..., "outputs": [...]} with the outputs at the
/// positions `wanted`, data in one array each. `outputs` are all of the model's; `id` is left out
/// when empty. kFailedPrecondition for what JSON cannot carry.
Result<std::string> write_infer_response(const ServedModel& model, std::string_view id,
                                         std::span<const Tensor> outputs,
                                         std::span<const std::size_t> wanted);

/// {"name": ..., "versions": [...], "platform": ..., "inputs": [...], "outputs": [...]}; sizes that
/// are open are -1.
std::string write_model_metadata(const ServedModel& model, std::span<const std::int64_t> versions);

}  // namespace tern::serve

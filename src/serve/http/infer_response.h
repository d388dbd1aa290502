// The answer to an infer request, as the Open Inference Protocol has it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "net/http_message.h"
#include "serve/http/infer_request.h"
#include "serve/repository/served_model.h"
#include "tern/tensor.h"

namespace tern::serve {

/// {"model_name": ..., "model_version": ..., "id": ..., "outputs": [...]} with the outputs that are
/// wanted, data in one array each; that of binary ones follows the JSON, whose length then stands
/// in the field Inference-Header-Content-Length, from where it lies. `outputs` are all of the
/// model's; `id` is left out when empty. A sequence is a tensor BYTES of one JSON text per item, an
/// optional or a map one of a single text, with the parameter "content_type".
/// kFailedPrecondition for what JSON cannot carry.
Result<net::HttpResponse> write_infer_response(const ServedModel& model, std::string_view id,
                                               std::span<const Tensor> outputs,
                                               std::span<const WantedOutput> wanted);

/// {"name": ..., "versions": [...], "platform": ..., "inputs": [...], "outputs": [...]}; sizes that
/// are open are -1.
std::string write_model_metadata(const ServedModel& model, std::span<const std::int64_t> versions);

}  // namespace tern::serve

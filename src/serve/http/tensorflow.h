// TensorFlow Serving's REST API (tensorflow.org/tfx/serving/api_rest): what its answers look like.
// Requests are read as those of /predict are (predict_request.h).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "serve/repository/repository.h"
#include "serve/repository/served_model.h"
#include "tern/tensor.h"

namespace tern::serve {

/// {"predictions": [...]} with an entry per row, or {"outputs": ...} with an array per output; bare
/// where there is one output, else by name. NaN and infinities are the tokens that TensorFlow
/// Serving writes, which are no JSON. An output of strings whose name ends in "_bytes" is {"b64":
/// ...}. kFailedPrecondition: strings that are not UTF-8; as rows, outputs that have not one row
/// each for every row of the others.
Result<std::string> write_tensorflow_answer(const ServedModel& model,
                                            std::span<const Tensor> outputs, bool rows);

/// {"model_version_status": [...]} of these versions.
std::string write_tensorflow_status(std::span<const ModelStatus> versions);

/// {"model_spec": ..., "metadata": {"signature_def": ...}}.
std::string write_tensorflow_metadata(const ServedModel& model);

}  // namespace tern::serve

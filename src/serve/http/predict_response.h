// The answer of /predict.
#pragma once

#include <span>
#include <string>

#include "serve/repository/served_model.h"
#include "tern/tensor.h"

namespace tern::serve {

/// For a model with class names: {"model", "version", "predictions": [{"label", "probability",
/// "top": [{"label", "probability"}, ...]}, ...]}, one prediction per row of scores and the five
/// most probable classes of each. For others: {"model", "version", "outputs": {"y": [[...]]}},
/// sequences and maps as json_containers.h has them.
Result<std::string> write_predict_response(const ServedModel& model,
                                           std::span<const Tensor> outputs);

}  // namespace tern::serve

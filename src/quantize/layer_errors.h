// What quantising each layer alone does to its result.
#pragma once

#include <span>
#include <vector>

#include "quantize/scheme.h"

namespace tern::quant {

/// One entry per layer, in order. Every layer runs twice side by side, as it is and quantised, on
/// the exact inputs of all samples.
Result<std::vector<LayerError>> layer_errors(const Graph& model, std::span<const Layer> layers,
                                             std::span<const std::vector<Tensor>> samples,
                                             Scheme& scheme, const SessionOptions& options);

}  // namespace tern::quant

// Layer normalisation in pieces, with or without scale and bias, becomes LayerNormalization:
//   d = x - mean(x),  d / sqrt(mean(d^2) + epsilon) * scale + bias
// and TensorFlow's x f + (bias - mean(x) f) with f = scale / sqrt(mean(d^2) + epsilon).
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> fuse_layer_norm(Graph& graph, const PassContext& context);

}  // namespace tern::passes

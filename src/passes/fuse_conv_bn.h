// Folds an inference-mode BatchNormalization into the convolution before it: W' = W s, b' = (b - m)
// s
// + B with s = scale / sqrt(var + epsilon) per output channel.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> fuse_conv_bn(Graph& graph, const PassContext& context);

}  // namespace tern::passes

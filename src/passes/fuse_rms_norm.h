// x / sqrt(mean(x^2) + epsilon), with or without a scale, becomes RMSNormalization.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> fuse_rms_norm(Graph& graph, const PassContext& context);

}  // namespace tern::passes

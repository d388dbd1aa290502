// Rewrites convolutions and pooling on images as their channels-last (NHWC) forms between a pair of
// transposes. sink_transposes then moves the transposes to the edges of the network.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> assign_channels_last(Graph& graph, const PassContext& context);

}  // namespace tern::passes

// Attention takes [N, length, heads * size] where heads are split off for it alone: the reshapes
// and transposes around it go.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> pack_attention(Graph& graph, const PassContext& context);

}  // namespace tern::passes

// Reshape(Linear(Reshape(x))) becomes Linear(x) where the reshapes only flatten the axes before the
// last one and restore them: a Linear takes any number of them. What follows can then be fused.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> unflatten_linear(Graph& graph, const PassContext& context);

}  // namespace tern::passes

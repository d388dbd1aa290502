// Computes nodes whose inputs are all constants, and those whose outputs follow from known shapes.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> fold_constants(Graph& graph, const PassContext& context);

}  // namespace tern::passes

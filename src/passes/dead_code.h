// Removes nodes whose outputs nobody uses, and the tensors of constants that then have no use.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> remove_dead_code(Graph& graph, const PassContext& context);

}  // namespace tern::passes

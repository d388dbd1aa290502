// Merges nodes that compute the same thing: equal operator, attributes and inputs.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> merge_common_subexpressions(Graph& graph, const PassContext& context);

}  // namespace tern::passes

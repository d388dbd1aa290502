// Rewrites operators into one form for later passes and kernels:
// Sum, Max and Min take two inputs each, and a Sum of two is an Add.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> use_canonical_form(Graph& graph, const PassContext& context);

}  // namespace tern::passes

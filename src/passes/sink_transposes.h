// Moves transposes towards the graph's outputs, past operators that do not care about the order of
// axes, until they meet their inverse and vanish.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> sink_transposes(Graph& graph, const PassContext& context);

}  // namespace tern::passes

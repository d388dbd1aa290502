// Takes out nodes that change nothing: Identity, Dropout outside training, casts to the same type,
// transposes that move no axis, reshapes to the same shape.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> remove_no_ops(Graph& graph, const PassContext& context);

}  // namespace tern::passes

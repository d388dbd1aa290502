// Moves what follows a convolution or matrix product into it: the addition of a residual, then an
// activation function.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> fuse_epilogue(Graph& graph, const PassContext& context);

}  // namespace tern::passes

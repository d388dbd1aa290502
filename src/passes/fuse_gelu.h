// GELU, as exporters write it, becomes the operator Gelu: x (1 + erf(x / sqrt 2)) / 2 and its
// approximations by tanh, x (1 + tanh(u)) / 2 or x sigmoid(2 u) with
// u = sqrt(2 / pi) (x + 0.044715 x^3), in any order of nodes.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> fuse_gelu(Graph& graph, const PassContext& context);

}  // namespace tern::passes

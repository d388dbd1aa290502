// Activation functions that exporters write in pieces become operators:
//   x sigmoid(a x)                                   Swish
//   clip(a x + b, 0, c) / c                          HardSigmoid
//   x clip(x + 3, 0, 6) / 6, x HardSigmoid(x)        HardSwish
//   x tanh(softplus(x)), x tanh(log(1 + exp(x)))     Mish
// A clip is also a min(max(x, 0), c) or min(relu(x), c), in either order.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> fuse_activation(Graph& graph, const PassContext& context);

}  // namespace tern::passes

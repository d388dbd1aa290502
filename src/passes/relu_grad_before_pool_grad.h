// Gradients of relu are taken on the small side of a pooling.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

/// ReluGrad(MaxPoolGrad(dP, Y), Y) becomes MaxPoolGrad(ReluGrad(dP, P), Y) where P = MaxPool(Y) is
/// there already. A window's gradient goes to where Y is P, so both ask the same question.
Result<bool> move_relu_grad_before_pool_grad(Graph& graph, const PassContext& context);

}  // namespace tern::passes

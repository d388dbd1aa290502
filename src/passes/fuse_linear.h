// MatMul or Gemm with a matrix weight, and the bias added after it, become one tern.Linear.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> fuse_linear(Graph& graph, const PassContext& context);

}  // namespace tern::passes

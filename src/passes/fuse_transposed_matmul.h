// MatMul takes in what only changes how it reads its operands or scales its result.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

/// MatMul of operands whose last two axes a Transpose exchanges, and a product's multiplication by
/// a constant number, become TransposedMatMul.
Result<bool> fuse_transposed_matmul(Graph& graph, const PassContext& context);

}  // namespace tern::passes

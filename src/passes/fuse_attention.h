// Attention in pieces, softmax(scale Q K^T + mask) V on [N, heads, length, size], becomes
// Attention. The scale may stand on the scores, on Q, on K or on several of them; masks are added,
// or put in place of scores by Where. A Where on a lower triangle of ones, whole or sliced, is a
// causal mask. Nothing is fused unless the sizes of Q, K, V and of the mask surely fit.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> fuse_attention(Graph& graph, const PassContext& context);

}  // namespace tern::passes

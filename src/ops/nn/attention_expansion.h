// Attention written with plain operators: for files of older opsets, and for its gradient.
#pragma once

#include <functional>

#include "ops/expand.h"
#include "tern/ops/nn.h"

namespace tern::ops {

/// What is done to the scores [N, heads, q_length, total] before the softmax, and to its results;
/// nothing where empty.
struct AttentionChanges {
  std::function<Value(Value)> scores;
  std::function<Value(Value)> weights;
};

/// All outputs that `c` asks for. Needs known numbers of heads where K has fewer than Q.
void expand_attention(const Attention& op, ExpandContext& c, const AttentionChanges& changes = {});

}  // namespace tern::ops

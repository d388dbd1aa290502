// Attention written with plain operators: for files of older opsets, and for its gradient.
#pragma once

#include "ops/expand.h"
#include "tern/ops/nn.h"

namespace tern::ops {

/// All outputs that `c` asks for. Needs known numbers of heads where K has fewer than Q.
void expand_attention(const Attention& op, ExpandContext& c);

}  // namespace tern::ops

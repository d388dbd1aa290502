// Shape arithmetic where sizes have names: results that come out as numbers become constants, the
// targets of Reshape and Expand become constants where they copy the input's sizes, and types of
// values become as exact as the arithmetic under them says, so that later passes know shapes.
#pragma once

#include "passes/pass.h"

namespace tern::passes {

Result<bool> fold_sizes(Graph& graph, const PassContext& context);

}  // namespace tern::passes

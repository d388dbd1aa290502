// FoldContext: operators whose outputs follow from the shapes of their inputs (Shape, Size) state
// them here, so that shape arithmetic is done before a run.
#pragma once

#include <vector>

#include "tern/graph.h"

namespace tern {

struct FoldContext {
  std::vector<TypeInfo> in;  // dtypes and ranks known, sizes perhaps not
  std::vector<Tensor> out;   // filled by fold
};

}  // namespace tern

// Simplify: a model without what it does not need, in operators that every ONNX runtime reads.
#pragma once

#include "tern/graph.h"
#include "tern/status.h"

namespace tern {

/// Folds constants and shape arithmetic, removes what is unused, repeated or changes nothing, and
/// puts BatchNormalization into the convolution before it. Weights that are stored in few bits stay
/// so. Operators stay those of ONNX, none newer
/// than opset 17; results stay those of the graph within rounding. Sessions do this by themselves;
/// it is for graphs that are written to a file or changed further. kInvalidArgument and others:
/// what evaluating a constant failed with, with the node's name.
Status simplify(Graph& graph);

}  // namespace tern

// The order in which a program runs its nodes.
#pragma once

#include <vector>

#include "tern/graph.h"

namespace tern::runtime {

/// The main region's nodes in an execution order. A graph that only computes keeps its own. One
/// that updates variables (a training step) is ordered so that few results are alive at a time:
/// gradients are used up as soon as they are there, and a variable is updated after its last
/// reader, in its own storage then.
std::vector<NodeId> schedule(const Graph& graph);

}  // namespace tern::runtime

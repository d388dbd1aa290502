// A body of control flow as a graph of its own, so that it can be optimised and run like any other.
#pragma once

#include <vector>

#include "tern/graph.h"

namespace tern {

/// The values of enclosing regions that a body and the bodies in it use, in order of first use.
/// Constants are among them.
std::vector<ValueId> captures_of(const Graph& graph, RegionId body);

/// What flows into a node: the inputs it has, and what its bodies take from around them.
std::vector<ValueId> sources_of(const Graph& graph, const Node& node);

struct BodyGraph {
  /// Inputs: the body's arguments, then `captures`. Outputs: its results. Constants are shared with
  /// the graph it was taken from, variables have become inputs.
  Graph graph;
  /// Captured values of the original graph, without constants.
  std::vector<ValueId> captures;
};

Result<BodyGraph> extract_body(const Graph& graph, RegionId body);

}  // namespace tern

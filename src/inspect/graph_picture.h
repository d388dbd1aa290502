// A graph as a picture: SVG with one box a node.
#pragma once

#include <string>
#include <vector>

#include "tern/graph.h"

namespace tern::inspect {

/// The nodes of one region, its arguments or inputs and its results, and arrows for what flows
/// between them; constants and variables are not drawn. The box of a node is
/// <g class="node ..." data-node="N"> with its id. Text is escaped, whatever names are.
std::string to_svg(const Graph& graph, RegionId region);

/// The name of an operator, with its domain unless that is ONNX's own.
std::string qualified_name(const Op& op);

}  // namespace tern::inspect

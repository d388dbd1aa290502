// The text form of graphs, for people and for tests: everything a Graph holds, readable and
// exact. docs/formats/graph_text.md is its grammar; files have the ending .tgraph.
//
//   graph "affine" {
//     input x: f32[N, 2]
//     constant w = f32[2, 1] {0.5, -1}
//     y = MatMul(x, w)
//     output y
//   }
//
// Both functions may be called from many threads at once.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "tern/graph.h"
#include "tern/status.h"

namespace tern {

struct TextOptions {
  /// A tensor with more elements is written as its size and a digest of its elements. Such text is
  /// for reading only: parse_graph refuses it.
  std::int64_t max_elements = std::numeric_limits<std::int64_t>::max();
};

/// The graph as text. Nodes must be in execution order (Graph::sort). Parsed again it is the same
/// graph, names, types and every bit of its tensors included; only ids are given anew. Left out
/// are constants whose elements were dropped because nothing uses them; those that were released
/// while in use are marked, and parse_graph refuses the text.
std::string to_text(const Graph& graph, const TextOptions& options = {});

/// The graph that `text` describes, verified; `source` names the text in messages, which begin with
/// "source:line:column". Operators are those of tern's table.
///   kInvalidArgument: not the text form, or a graph that cannot be.
///   kUnimplemented: an operator that tern lacks, or a newer format.
Result<Graph> parse_graph(std::string_view text, std::string_view source = "graph");

}  // namespace tern

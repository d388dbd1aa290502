// Sizes that are the smaller of a number and a size with a name, as slices of position tables are,
// and what follows where they meet that size.
#pragma once

#include <unordered_map>
#include <vector>

#include "passes/size_values.h"

namespace tern::passes {

class SizeBounds {
 public:
  SizeBounds(const Graph& graph, const SizeValues& sizes) : graph_(graph), sizes_(sizes) {}

  /// Learns the node's output from its inputs; nodes come in execution order, after SizeValues has
  /// seen them.
  void visit(const Node& node);

  /// The shape of an element-wise node's output where a bounded size meets its bound, the others
  /// unknown; empty when nothing follows. A size m = min(n, s) with n >= 1 can be broadcast with s
  /// only if m = s, or if one of them is 1: then m is 1 too, or s is larger. The result is s each
  /// time.
  std::vector<Dim> met_by(const Node& node) const;

 private:
  // Per axis the size that is not exceeded; anonymous where there is none. Empty: none at all.
  using Bounds = std::vector<SymbolId>;
  Bounds of(ValueId id) const;
  Bounds sliced(const Node& node) const;
  Bounds gathered(const Node& node) const;

  const Graph& graph_;
  const SizeValues& sizes_;
  std::unordered_map<ValueId, Bounds> known_;
};

}  // namespace tern::passes

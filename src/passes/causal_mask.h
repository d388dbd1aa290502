// Which boolean masks are causal: true, or false, exactly where a key is not after its query.
#pragma once

#include <unordered_map>

#include "passes/size_values.h"

namespace tern::passes {

class CausalMasks {
 public:
  CausalMasks(const Graph& graph, const SizeValues& sizes) : graph_(graph), sizes_(sizes) {}

  /// `mask`, whose last axes are queries and keys, is `inside` where key <= query and the opposite
  /// elsewhere. It may be a constant or the beginning of one, cut to these sizes. A cut that is
  /// longer than the constant is taken to be as long as it says: with anything else the mask could
  /// not be used.
  bool is_causal(ValueId mask, const Dim& queries, const Dim& keys, bool inside);

 private:
  // The constant under slices from 0, casts and Not.
  struct Source {
    ValueId constant = kNoValue;
    bool negated = false;
    Size queries, keys;  // where it is cut; unknown where it is not
  };
  Source source_of(ValueId mask) const;
  bool follow_slice(const Node& node, Source& source) const;
  bool is_triangle(ValueId constant, bool inside);

  const Graph& graph_;
  const SizeValues& sizes_;
  std::unordered_map<ValueId, int> triangles_;  // 1: true inside, 0: false inside, -1: neither
};

}  // namespace tern::passes

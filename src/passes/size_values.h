// What shape arithmetic computes, before sizes are known: the elements of small integer tensors as
// numbers and symbols.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "tern/graph.h"

namespace tern::passes {

/// One element: a number (also a truth value), a size that has a name, or nothing known.
struct Size {
  std::optional<std::int64_t> number;
  SymbolId symbol = SymbolId::kAnonymous;

  static Size of(const Dim& dim) {
    if (dim.known()) return {.number = dim.value()};
    return {.number = {}, .symbol = dim.symbol()};
  }
  static Size of(std::int64_t value) { return {.number = value}; }
  /// As a size of a shape; unknown for a negative number.
  Dim dim() const { return number ? Dim(*number < 0 ? -1 : *number) : Dim(symbol); }
  bool named() const { return symbol != SymbolId::kAnonymous; }
};
using Sizes = std::vector<Size>;

/// What a Slice does to one axis, counted from 0.
struct SliceCut {
  int axis = 0;
  Size begin, end, step;
  bool from_start() const { return begin.number == 0 && step.number == 1; }
};

/// Follows Shape, Gather, Concat, Slice, arithmetic and what else exporters put between a shape and
/// its use.
class SizeValues {
 public:
  explicit SizeValues(const Graph& graph) : graph_(graph) {}

  /// The elements of an integer or bool tensor of rank 0 or 1; nullopt when they are too many or
  /// nothing is known of them.
  std::optional<Sizes> of(ValueId id) const;
  /// What the Slice `node` cuts; nullopt when the axes, or how many are cut, are not known.
  std::optional<std::vector<SliceCut>> slice_cuts(const Node& node) const;
  /// Learns the node's outputs from what is known of its inputs; nodes come in execution order.
  void visit(const Node& node);

 private:
  std::optional<Sizes> result_of(const Node& node) const;
  std::optional<Sizes> shape(const Node& node) const;
  std::optional<Sizes> gather(const Node& node) const;
  std::optional<Sizes> slice(const Node& node) const;
  std::optional<Sizes> concat(const Node& node) const;
  std::optional<Sizes> constant_of_shape(const Node& node) const;
  std::optional<Sizes> where(const Node& node) const;
  std::optional<Sizes> binary(const Node& node) const;

  const Graph& graph_;
  std::unordered_map<ValueId, Sizes> known_;
};

}  // namespace tern::passes

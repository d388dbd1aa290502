// Graph: a model as data. One table of values and one of nodes; the bodies of control flow are
// regions of the same graph, so that a use inside a body is an ordinary use.
//
//   for (tern::NodeId n : graph.nodes()) std::cout << graph.node(n).op.name() << '\n';
//
// To make one, use GraphBuilder (tern/graph_builder.h) or an importer. Reading from many threads is
// safe, changing is not.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tern/op.h"
#include "tern/status.h"
#include "tern/tensor.h"

namespace tern {

enum class ValueId : std::uint32_t {};
enum class NodeId : std::uint32_t {};
enum class RegionId : std::uint32_t {};
/// An input or output that a node leaves out.
inline constexpr ValueId kNoValue{0xffffffffu};
inline constexpr NodeId kNoNode{0xffffffffu};
inline constexpr RegionId kMainRegion{0};

/// A named size such as `batch`, interned per Graph; kAnonymous is a size nothing is known of.
enum class SymbolId : std::uint32_t { kAnonymous = 0 };

/// One size of a symbolic shape: a number, or a symbol.
class Dim {
 public:
  Dim() = default;                            // unknown
  Dim(std::int64_t value) : value_(value) {}  // NOLINT: implicit by design
  explicit Dim(SymbolId symbol) : symbol_(symbol) {}

  bool known() const { return value_ >= 0; }
  /// The size; -1 when not known.
  std::int64_t value() const { return value_; }
  SymbolId symbol() const { return symbol_; }
  /// True when both are surely the same size: equal numbers, or the same named symbol.
  friend bool same(const Dim& a, const Dim& b) {
    if (a.known() || b.known()) return a.value_ == b.value_;
    return a.symbol_ == b.symbol_ && a.symbol_ != SymbolId::kAnonymous;
  }

 private:
  std::int64_t value_ = -1;
  SymbolId symbol_ = SymbolId::kAnonymous;
};

/// What is known of a value before it exists.
struct TypeInfo {
  DType dtype = DType::kUndefined;  // kUndefined: not known
  bool has_rank = false;
  std::vector<Dim> shape;  // meaningful when has_rank
  /// Of a sequence or an optional: what its items are; null when not known.
  std::shared_ptr<const TypeInfo> element;

  TypeInfo() = default;
  TypeInfo(DType type, std::vector<Dim> dims)
      : dtype(type), has_rank(true), shape(std::move(dims)) {}
  TypeInfo(DType type, const Shape& dims)
      : dtype(type), has_rank(true), shape(dims.begin(), dims.end()) {}
  static TypeInfo of(const Tensor& t) { return {t.dtype(), t.shape()}; }
  /// A container of `kind` whose items are of type `item`.
  static TypeInfo container(DType kind, TypeInfo item) {
    TypeInfo info(kind, std::vector<Dim>(1));
    info.element = std::make_shared<const TypeInfo>(std::move(item));
    return info;
  }
  /// dtype known, rank not.
  static TypeInfo of(DType type) {
    TypeInfo info;
    info.dtype = type;
    return info;
  }

  int rank() const { return static_cast<int>(shape.size()); }
  /// Type, rank and every size are known.
  bool concrete() const;
  /// The sizes as numbers; only when concrete().
  Shape concrete_shape() const;
};

/// What holds of both: sizes, ranks and types in which they differ become unknown.
TypeInfo common_type(const TypeInfo& a, const TypeInfo& b);

enum class ValueKind : std::uint8_t {
  kInput,     ///< fed by the caller
  kConstant,  ///< holds a tensor; may be folded and packed
  kVariable,  ///< named and mutable, lives in a VariableStore; holds its initial value
  kResult,    ///< output of a node
  kArgument,  ///< argument of a region
};

struct ValueData {
  std::string name;  // unique in the graph; never empty
  TypeInfo type;
  ValueKind kind = ValueKind::kResult;
  NodeId producer = kNoNode;  // kResult: the node
  std::uint32_t index = 0;    // kResult: which output of it
  Tensor tensor;              // kConstant: the value; kVariable: the initial value
  bool trainable = false;     // kVariable: an optimiser may change it
  std::vector<NodeId> users;  // one entry per use by a node's input
};

struct Node {
  Op op;
  std::string name;               // for messages; not unique, may be empty
  std::vector<ValueId> inputs;    // kNoValue where left out
  std::vector<ValueId> outputs;   // kNoValue where not wanted
  std::vector<RegionId> regions;  // bodies of control flow, in the order the operator states
  RegionId parent = kMainRegion;
  bool removed = false;
};

/// A body: arguments, nodes in execution order, results.
struct Region {
  NodeId owner = kNoNode;
  std::vector<ValueId> arguments;
  std::vector<NodeId> nodes;
  std::vector<ValueId> results;
};

/// After a run the variable takes the new value.
struct VariableUpdate {
  ValueId variable;
  ValueId new_value;
};

class Graph {
 public:
  Graph();

  std::string name;
  /// The model's own notes (producer, labels, ...), kept through import and export.
  std::map<std::string, std::string> metadata;

  // -- reading
  /// Nodes of the main region in execution order.
  std::span<const NodeId> nodes() const { return region(kMainRegion).nodes; }
  std::span<const ValueId> inputs() const { return inputs_; }
  std::span<const ValueId> outputs() const { return region(kMainRegion).results; }
  std::span<const VariableUpdate> updates() const { return updates_; }
  /// One past the largest id; ids of removed nodes are not reused.
  std::size_t value_count() const { return values_.size(); }
  std::size_t node_count() const { return nodes_.size(); }
  std::size_t region_count() const { return regions_.size(); }
  const ValueData& value(ValueId id) const { return values_[static_cast<std::size_t>(id)]; }
  const Node& node(NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  const Region& region(RegionId id) const { return regions_[static_cast<std::size_t>(id)]; }
  /// kNoValue when there is none of that name.
  ValueId find(std::string_view name) const;
  /// The tensor of a constant, null for every other value, for kNoValue and once released.
  const Tensor* constant(ValueId id) const;
  /// True when something outside the nodes needs the value: a graph output, a region's result or
  /// an update.
  bool is_root_use(ValueId id) const;
  std::string_view symbol_name(SymbolId symbol) const;

  // -- building. Names are made unique by a suffix where they collide.
  SymbolId symbol(std::string_view name);
  ValueId add_input(std::string_view name, TypeInfo type);
  ValueId add_constant(Tensor value, std::string_view name = {});
  ValueId add_variable(std::string_view name, Tensor initial, bool trainable = true);
  RegionId add_region();
  ValueId add_argument(RegionId region, std::string_view name, TypeInfo type);
  /// Appends a node to `region`, checks its inputs and infers its outputs' types. `outputs` is the
  /// number of outputs wanted (at most what the operator has); `output_names` may be shorter, and
  /// "" in it means no such output where the operator allows that. Fails with the node's name.
  Result<NodeId> add_node(Op op, std::span<const ValueId> inputs, std::size_t outputs,
                          std::string_view name = {},
                          std::span<const std::string> output_names = {},
                          RegionId region = kMainRegion, std::vector<RegionId> regions = {});
  void set_outputs(std::vector<ValueId> outputs);
  void set_region_results(RegionId region, std::vector<ValueId> results);
  void add_update(ValueId variable, ValueId new_value);

  // -- changing (passes)
  void set_input(NodeId node, std::size_t index, ValueId value);
  void set_type(ValueId id, TypeInfo type);
  /// Renames; a taken name gets a suffix.
  void rename(ValueId id, std::string_view name);
  /// Output `index` of a node; one that it leaves out is added to it. Fails when the operator has
  /// no such output.
  Result<ValueId> require_output(NodeId node, std::size_t index);
  /// Every use of `from`, by nodes, outputs, region results and updates, becomes a use of `to`.
  void replace_uses(ValueId from, ValueId to);
  /// Removes a node none of whose outputs has a use.
  void remove_node(NodeId id);
  /// Turns a constant into a trainable variable of the same name.
  void make_variable(ValueId constant);
  /// The other way round, with the value it has now.
  void make_constant(ValueId variable, Tensor value);
  /// Drops the tensors of constants that have no use.
  void drop_unused_constants();
  /// Forgets a constant's elements, which nobody will read (a kernel has packed them); its type
  /// stays.
  void release_constant(ValueId constant);
  /// Puts another tensor of the same dtype and shape in a constant's place.
  void replace_constant(ValueId constant, Tensor value);
  /// Puts every region's nodes into execution order, stable; fails on a cycle.
  Status sort();

 private:
  ValueId add_value(ValueData data, std::string_view name);
  std::string unique_name(std::string_view wanted);
  ValueData& value_at(ValueId id) { return values_[static_cast<std::size_t>(id)]; }
  Node& node_at(NodeId id) { return nodes_[static_cast<std::size_t>(id)]; }

  std::vector<ValueData> values_;
  std::vector<Node> nodes_;
  std::vector<Region> regions_;
  std::vector<ValueId> inputs_;
  std::vector<VariableUpdate> updates_;
  std::vector<std::string> symbols_;  // by SymbolId; [0] is anonymous
  std::unordered_map<std::string, ValueId> by_name_;
  std::unordered_map<std::string, std::uint32_t> suffixes_;  // next suffix tried for a base name
};

}  // namespace tern

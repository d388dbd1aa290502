// NodeDraft: a node of a file on its way into the graph, in a form that upgrade rules can change.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tern/graph.h"
#include "tern/op.h"

namespace tern::onnx {

struct NodeDraft {
  using Attributes = std::vector<std::pair<std::string, AttributeValue>>;

  Graph& graph;
  RegionId region = kMainRegion;
  std::string name;  // may be empty
  std::string op_type;
  std::string domain;
  std::int64_t opset = 0;  // of its domain in the file
  Attributes attributes;
  std::vector<ValueId> inputs;       // kNoValue where left out
  std::vector<std::string> outputs;  // "" where not wanted
  std::vector<RegionId> bodies;

  // -- for upgrade rules
  bool has_input(std::size_t i) const { return i < inputs.size() && inputs[i] != kNoValue; }
  bool wants_output(std::size_t i) const { return i < outputs.size() && !outputs[i].empty(); }
  const TypeInfo& type(std::size_t i) const { return graph.value(inputs[i]).type; }
  /// Puts `value` at input `i`, leaving out those before it that are missing.
  void set_input(std::size_t i, ValueId value);

  bool has(std::string_view attribute) const;
  void set(std::string_view attribute, AttributeValue value);
  void remove(std::string_view attribute);
  void rename(std::string_view from, std::string_view to);
  /// Removes an attribute and returns its value, nullopt when it is absent. Fails when it is of
  /// another kind.
  template <class T>
  Result<std::optional<T>> take(std::string_view attribute);

  ValueId constant(Tensor value) {
    return graph.add_constant(std::move(value), name_of("constant"));
  }
  ValueId ints(std::span<const std::int64_t> values) {
    return constant(Tensor::vector<std::int64_t>(values));
  }
  /// Adds a node in front of this one and returns its first output. kUnimplemented when tern lacks
  /// the operator (of the default domain).
  Result<ValueId> add(std::string_view op, std::span<const ValueId> op_inputs,
                      const Attributes& op_attributes = {});
  Result<ValueId> add(std::string_view op, std::initializer_list<ValueId> op_inputs,
                      const Attributes& op_attributes = {}) {
    return add(op, std::span(op_inputs.begin(), op_inputs.size()), op_attributes);
  }
  /// Becomes another operator of the default domain, with new inputs and attributes; the outputs
  /// stay.
  void become(std::string_view op, std::vector<ValueId> op_inputs, Attributes op_attributes = {});

 private:
  std::string name_of(std::string_view what) const;
};

/// The operator with these attributes.
Result<Op> make_op(std::string_view domain, std::string_view op_type,
                   const NodeDraft::Attributes& attributes);

}  // namespace tern::onnx

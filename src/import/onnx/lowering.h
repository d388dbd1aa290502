// Lowering: one node of a file while it is rewritten with tern's own operators.
//
// A rule (microsoft_rules.h) reads inputs and attributes here, computes with the functions of
// tern/functions.h and sets the outputs. As with GraphBuilder nothing fails at once: the first
// error is kept by the builder, and values made after it are inert.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "import/onnx/node_draft.h"
#include "tern/graph_builder.h"

namespace tern::onnx {

class Lowering {
 public:
  /// `node` and `builder` must outlive it; the builder writes into the node's graph and region.
  Lowering(NodeDraft& node, GraphBuilder& builder);

  GraphBuilder& builder() { return builder_; }

  // -- inputs
  std::size_t inputs() const { return node_.inputs.size(); }
  bool has(std::size_t i) const { return node_.has_input(i); }
  /// Absent where it is left out.
  Value input(std::size_t i) { return has(i) ? Value(&builder_, node_.inputs[i]) : Value(); }
  /// The value where it is known already, else null.
  const Tensor* constant(std::size_t i) const;
  /// The elements of an integer input, which must be a constant.
  std::vector<std::int64_t> constant_ints(std::size_t i);
  /// The rank of a value; fails when it is not known. 0 for an inert value.
  int rank(Value x);
  /// The size of an axis, negative ones counted from the end; fails when it is not known or above
  /// 2^40.
  std::int64_t size(Value x, int axis);

  // -- attributes. Reading one takes it; an attribute that no rule takes is an error in the end.
  std::int64_t integer(std::string_view name, std::int64_t fallback = 0);
  std::optional<std::int64_t> optional_integer(std::string_view name);
  bool flag(std::string_view name, bool fallback = false) { return integer(name, fallback) != 0; }
  float number(std::string_view name, float fallback);
  std::optional<float> optional_number(std::string_view name);
  std::string text(std::string_view name, std::string_view fallback = {});
  std::vector<std::int64_t> integers(std::string_view name);
  std::vector<float> numbers(std::string_view name);
  /// Fails unless the attribute is absent or has this value: what tern does not do.
  void only(std::string_view name, std::int64_t value);
  /// Fails when the input is given: what tern does not do.
  void without(std::size_t i, std::string_view name);

  /// Adds an attribute for rest().
  void give(std::string_view name, AttributeValue value) { node_.set(name, std::move(value)); }
  /// An operator of the default domain that takes all attributes that are left.
  Value rest(std::string_view op, std::initializer_list<Value> inputs) {
    return rest_n(op, inputs, 1)[0];
  }
  /// The same with `outputs` outputs.
  std::vector<Value> rest_n(std::string_view op, std::initializer_list<Value> inputs,
                            std::size_t outputs);

  // -- outputs
  bool wants(std::size_t i) const { return node_.wants_output(i); }
  void set(std::size_t i, Value value);
  Value output(std::size_t i) const { return i < outputs_.size() ? outputs_[i] : Value(); }

  /// Keeps the error and returns an inert value.
  Value fail(Status status);
  /// The first error, an attribute that was not taken or a wanted output that was not made.
  Status finish();

 private:
  template <class T>
  std::optional<T> take(std::string_view name);

  NodeDraft& node_;
  GraphBuilder& builder_;
  std::vector<Value> outputs_;
};

}  // namespace tern::onnx

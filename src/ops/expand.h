// ExpandContext: how an operator is written with simpler ones. An operator that has `expand` needs
// no kernel and no gradient of its own.
#pragma once

#include <vector>

#include "tern/graph_builder.h"

namespace tern {

class ExpandContext {
 public:
  ExpandContext(GraphBuilder& builder, std::vector<Value> inputs, std::size_t outputs)
      : builder_(builder), inputs_(std::move(inputs)), outputs_(outputs) {}

  GraphBuilder& builder() { return builder_; }
  bool has(std::size_t i) const { return i < inputs_.size() && inputs_[i].present(); }
  std::size_t inputs() const { return inputs_.size(); }
  Value input(std::size_t i) const { return i < inputs_.size() ? inputs_[i] : Value(); }
  std::size_t outputs() const { return outputs_.size(); }
  void set(std::size_t i, Value value) {
    if (i < outputs_.size()) outputs_[i] = value;
  }
  const std::vector<Value>& results() const { return outputs_; }

 private:
  GraphBuilder& builder_;
  std::vector<Value> inputs_;
  std::vector<Value> outputs_;
};

/// Replaces a node of `graph` by its operator's expansion; its results take over the node's uses
/// and, where they are new values, its names. New nodes stand at the end of their region: call
/// Graph::sort() after the last expansion. The operator must have one.
Status expand_node(Graph& graph, NodeId id);

}  // namespace tern

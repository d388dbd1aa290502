// GradContext: what an operator's gradient rule reads and writes. A rule emits ordinary nodes with
// the functions of tern/functions.h, so gradients of gradients need nothing more.
#pragma once

#include <vector>

#include "tern/graph_builder.h"

namespace tern {

class GradContext {
 public:
  GradContext(GraphBuilder& builder, NodeId node, std::vector<Value> output_gradients,
              std::vector<bool> wanted)
      : builder_(builder),
        node_(node),
        output_gradients_(std::move(output_gradients)),
        wanted_(std::move(wanted)),
        input_gradients_(wanted_.size()) {}

  GraphBuilder& builder() { return builder_; }
  std::size_t inputs() const { return wanted_.size(); }
  std::size_t outputs() const { return builder_.graph().node(node_).outputs.size(); }
  /// An absent Value where the node leaves the input or output out.
  Value input(std::size_t i) const { return at(builder_.graph().node(node_).inputs, i); }
  Value output(std::size_t i) const { return at(builder_.graph().node(node_).outputs, i); }
  /// Output i, which the node gets where it leaves it out: what a rule needs to remember (a mask).
  Value require_output(std::size_t i) {
    const Result<ValueId> output = builder_.graph().require_output(node_, i);
    if (!output.ok()) builder_.fail(output.status());
    return output.ok() ? Value(&builder_, *output) : Value();
  }
  /// The gradient of the loss with respect to output i; absent when nothing flows into it.
  Value grad(std::size_t i) const {
    return i < output_gradients_.size() ? output_gradients_[i] : Value();
  }
  /// Whether the gradient with respect to input i is asked for; a rule may skip work for others.
  bool wants(std::size_t i) const { return i < wanted_.size() && wanted_[i]; }
  /// States the gradient with respect to input i. Not stating one means zero.
  void set(std::size_t i, Value gradient) {
    if (i < input_gradients_.size()) input_gradients_[i] = gradient;
  }
  const std::vector<Value>& input_gradients() const { return input_gradients_; }

 private:
  Value at(const std::vector<ValueId>& ids, std::size_t i) const {
    return i < ids.size() ? Value(&builder_, ids[i]) : Value();
  }

  GraphBuilder& builder_;
  NodeId node_;
  std::vector<Value> output_gradients_;
  std::vector<bool> wanted_;
  std::vector<Value> input_gradients_;
};

}  // namespace tern

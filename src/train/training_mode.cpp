#include <map>

#include "base/errors.h"
#include "tern/functions.h"
#include "tern/trainable.h"

namespace tern {
namespace {

// Puts a node of the same inputs and as many more outputs in the place of `id`.
Result<NodeId> replace(Graph& graph, NodeId id, Op op, const std::vector<ValueId>& inputs,
                       std::size_t outputs) {
  const Node old = graph.node(id);
  TERN_ASSIGN_OR_RETURN(const NodeId added,
                        graph.add_node(std::move(op), inputs, outputs, old.name));
  for (std::size_t i = 0; i < old.outputs.size(); ++i) {
    if (old.outputs[i] == kNoValue) continue;
    TERN_ASSIGN_OR_RETURN(const ValueId output, graph.require_output(added, i));
    graph.replace_uses(old.outputs[i], output);
  }
  graph.remove_node(id);
  for (std::size_t i = 0; i < old.outputs.size(); ++i) {
    if (old.outputs[i] == kNoValue) continue;
    graph.rename(graph.node(added).outputs[i], graph.value(old.outputs[i]).name);
  }
  return added;
}

class TrainingMode {
 public:
  explicit TrainingMode(Graph& graph) : graph_(graph) {}

  Status run() {
    const std::vector<NodeId> nodes(graph_.nodes().begin(), graph_.nodes().end());
    for (const NodeId id : nodes) {
      if (graph_.node(id).op.is<ops::Dropout>()) TERN_TRY(drop(id));
      if (graph_.node(id).op.is<ops::BatchNormalization>()) TERN_TRY(use_batch_statistics(id));
    }
    for (const auto& [variable, value] : statistics_) graph_.add_update(variable, value);
    return graph_.sort();
  }

 private:
  Status drop(NodeId id) {
    std::vector<ValueId> inputs = graph_.node(id).inputs;
    if (inputs.size() > 2 && inputs[2] != kNoValue) return {};  // says itself when it drops
    inputs.resize(3, kNoValue);
    inputs[2] = graph_.add_constant(Tensor::scalar<bool>(true));
    return replace(graph_, id, graph_.node(id).op, inputs, 1).status();
  }

  Status use_batch_statistics(NodeId id) {
    ops::BatchNormalization op = *graph_.node(id).op.as<ops::BatchNormalization>();
    std::vector<ValueId> inputs = graph_.node(id).inputs;
    for (const std::size_t i : {3, 4}) {
      if (graph_.value(inputs[i]).kind != ValueKind::kVariable) return {};
    }
    if (op.training_mode) return {};
    op.training_mode = true;
    const ValueId variables[] = {inputs[3], inputs[4]};
    for (const std::size_t i : {3, 4}) {  // a layer that is used twice updates twice
      const auto before = statistics_.find(inputs[i]);
      if (before != statistics_.end()) inputs[i] = before->second;
    }
    TERN_ASSIGN_OR_RETURN(const NodeId added, replace(graph_, id, op, inputs, 3));
    statistics_[variables[0]] = graph_.node(added).outputs[1];
    statistics_[variables[1]] = graph_.node(added).outputs[2];
    return {};
  }

  Graph& graph_;
  std::map<ValueId, ValueId> statistics_;  // variables and their new values
};

}  // namespace

Status use_training_mode(Graph& graph) { return TrainingMode(graph).run(); }

}  // namespace tern

// ai.onnx.preview.training.Gradient: a node that stands for the derivatives of a value by others of
// the same graph, which its attributes name. The backward graph takes its place.
#include <algorithm>
#include <unordered_map>

#include "base/errors.h"
#include "graph/body_graph.h"
#include "import/onnx/graph_importer.h"
#include "tern/autodiff.h"
#include "tern/functions.h"

namespace tern::onnx {
namespace {

using Replacements = std::unordered_map<ValueId, ValueId>;

/// Computes `target` again, with other values in the place of some.
class Recomputation {
 public:
  Recomputation(Graph& graph, Replacements replaced)
      : graph_(graph), replaced_(std::move(replaced)) {}

  Result<ValueId> of(ValueId target) {
    const std::vector<NodeId> nodes(graph_.nodes().begin(), graph_.nodes().end());
    const std::vector<bool> needed = needed_for(target, nodes);
    for (const NodeId id : nodes) {
      if (needed[static_cast<std::size_t>(id)] && reads_replaced(graph_.node(id))) {
        TERN_TRY(copy(id));
      }
    }
    return replacement(target);
  }

 private:
  std::vector<bool> needed_for(ValueId target, std::span<const NodeId> nodes) const {
    std::vector<bool> values(graph_.value_count(), false);
    std::vector<bool> needed(graph_.node_count(), false);
    values[static_cast<std::size_t>(target)] = true;
    for (std::size_t i = nodes.size(); i-- > 0;) {
      const Node& node = graph_.node(nodes[i]);
      const bool wanted = std::ranges::any_of(node.outputs, [&](ValueId output) {
        return output != kNoValue && values[static_cast<std::size_t>(output)] &&
               !replaced_.contains(output);
      });
      if (!wanted) continue;
      needed[static_cast<std::size_t>(nodes[i])] = true;
      for (const ValueId source : sources_of(graph_, node)) {
        values[static_cast<std::size_t>(source)] = true;
      }
    }
    return needed;
  }

  bool reads_replaced(const Node& node) const {
    return std::ranges::any_of(sources_of(graph_, node),
                               [&](ValueId id) { return replaced_.contains(id); });
  }

  ValueId replacement(ValueId id) const {
    const auto found = replaced_.find(id);
    return found == replaced_.end() ? id : found->second;
  }

  Status copy(NodeId id) {
    const Node node = graph_.node(id);  // a copy: adding nodes moves them
    if (!node.regions.empty()) {
      return unimplemented("the gradient through {}, which has bodies", node.op.name());
    }
    std::vector<ValueId> inputs;
    for (const ValueId input : node.inputs) inputs.push_back(replacement(input));
    std::vector<std::string> names;
    for (const ValueId output : node.outputs) {
      names.push_back(output == kNoValue ? "" : graph_.value(output).name);
    }
    TERN_ASSIGN_OR_RETURN(const NodeId made,
                          graph_.add_node(node.op, inputs, node.outputs.size(), node.name, names));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      // What the caller replaces stays replaced.
      if (node.outputs[i] != kNoValue) {
        replaced_.emplace(node.outputs[i], graph_.node(made).outputs[i]);
      }
    }
    return {};
  }

  Graph& graph_;
  Replacements replaced_;
};

struct GradientNames {
  std::vector<std::string> by;     // "xs"
  std::vector<std::string> given;  // "zs"
  std::string of;                  // "y"
};

Result<GradientNames> names_of(const NodeDraft::Attributes& attributes) {
  GradientNames names;
  for (const auto& [name, value] : attributes) {
    const auto* list = std::get_if<std::vector<std::string>>(&value);
    const auto* text = std::get_if<std::string>(&value);
    if (name == "xs" && list != nullptr) {
      names.by = *list;
    } else if (name == "zs" && list != nullptr) {
      names.given = *list;
    } else if (name == "y" && text != nullptr) {
      names.of = *text;
    } else {
      return invalid_argument("attribute '{}' is none of Gradient's, or of another type", name);
    }
  }
  if (names.by.empty()) return invalid_argument("attribute 'xs' names nothing");
  if (names.of.empty()) return invalid_argument("attribute 'y' is missing");
  return names;
}

}  // namespace

Status GraphImporter::import_gradient(const NodeView& node, Scope& scope) {
  if (scope.region != kMainRegion) return unimplemented("a Gradient in the body of a node");
  TERN_ASSIGN_OR_RETURN(const NodeDraft::Attributes attributes, convert_attributes(node, scope));
  TERN_ASSIGN_OR_RETURN(GradientNames names, names_of(attributes));
  const std::size_t count = names.by.size();
  names.by.insert(names.by.end(), names.given.begin(), names.given.end());
  if (node.inputs.size() != names.by.size() || node.outputs.size() > count) {
    return invalid_argument("it has {} inputs and {} outputs, by its attributes {} and {}",
                            node.inputs.size(), node.outputs.size(), names.by.size(), count);
  }
  TERN_ASSIGN_OR_RETURN(ValueId loss, lookup(scope, names.of));
  const std::size_t first_node = graph_.node_count();
  GraphBuilder builder(graph_);
  const auto prefix = builder.scope(value_name(scope, node.described()));

  // The derivatives are partial ones: of two values by which to derive none follows from the other.
  // Fresh values for all see to that, and let them be others than those that were named.
  Replacements fresh;
  std::vector<ValueId> by;
  for (std::size_t i = 0; i < names.by.size(); ++i) {
    TERN_ASSIGN_OR_RETURN(const ValueId named, lookup(scope, names.by[i]));
    TERN_ASSIGN_OR_RETURN(const ValueId value, lookup(scope, node.inputs[i]));
    if (named == kNoValue || value == kNoValue) {
      return invalid_argument("input {} is left out", i);
    }
    const Value at = builder.op(ops::Identity{}, {Value(&builder, value)});
    if (!fresh.emplace(named, at.id()).second) {
      return invalid_argument("{} is named twice", names.by[i]);
    }
    if (i < count) by.push_back(at.id());
  }
  TERN_TRY(builder.status());
  TERN_ASSIGN_OR_RETURN(loss, Recomputation(graph_, std::move(fresh)).of(loss));
  // Of several elements the sum is derived.
  const TypeInfo& type = graph_.value(loss).type;
  if (!type.has_rank || type.rank() > 0) {
    loss = reduce_sum(Value(&builder, loss), {}, false).id();
    TERN_TRY(builder.status());
  }
  TERN_ASSIGN_OR_RETURN(const std::vector<ValueId> found, gradients(graph_, loss, by));
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i].empty()) continue;
    ValueId gradient = found[i];
    if (gradient == kNoValue) gradient = zeros_like(Value(&builder, by[i])).id();
    TERN_TRY(builder.status());
    TERN_TRY(define(scope, node.outputs[i], gradient));
  }
  nodes_in_gradients_ += static_cast<std::int64_t>(graph_.node_count() - first_node);
  if (nodes_in_gradients_ > kMaxNodesInGradients) {
    return resource_exhausted("gradients make more than {} nodes", kMaxNodesInGradients);
  }
  return {};
}

}  // namespace tern::onnx

#include "graph/verify.h"

#include <algorithm>
#include <unordered_set>

#include "base/errors.h"
#include "graph/op_def.h"

namespace tern {
namespace {

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph), visible_(graph.value_count(), false) {}

  Status run() {
    std::unordered_set<std::string_view> names;
    for (std::size_t i = 0; i < graph_.value_count(); ++i) {
      const ValueData& value = graph_.value(static_cast<ValueId>(i));
      if (is_removed(value)) continue;
      if (!names.insert(value.name).second) {
        return invalid_argument("two values are named {}", value.name);
      }
      visible_[i] = value.kind == ValueKind::kInput || value.kind == ValueKind::kConstant ||
                    value.kind == ValueKind::kVariable;
    }
    TERN_TRY(check_region(kMainRegion));
    TERN_TRY(check_users());
    return check_updates();
  }

 private:
  bool is_removed(const ValueData& value) const {
    return value.producer != kNoNode && graph_.node(value.producer).removed;
  }

  Status check_region(RegionId id) {
    const Region& region = graph_.region(id);
    for (const ValueId argument : region.arguments) see(argument);
    for (const NodeId node : region.nodes) TERN_TRY(check_node(node, id));
    for (const ValueId result : region.results) {
      TERN_TRY(check_visible(result, "a result"));
    }
    // What a body makes cannot be seen outside it.
    if (id != kMainRegion) {
      for (const ValueId argument : region.arguments) hide(argument);
      for (const NodeId node : region.nodes) {
        for (const ValueId output : graph_.node(node).outputs) hide(output);
      }
    }
    return {};
  }

  Status check_node(NodeId id, RegionId region) {
    const Node& node = graph_.node(id);
    const auto where = [&] { return fmt::format("node {} ({})", node.name, node.op.name()); };
    if (node.removed) return invalid_argument("{} was removed but is still listed", where());
    if (node.parent != region) return invalid_argument("{} is listed in another region", where());
    for (const ValueId input : node.inputs) {
      if (input == kNoValue) continue;
      if (Status s = check_visible(input, "an input"); !s.ok()) {
        return std::move(s).with_context(where());
      }
    }
    const OpDef& def = node.op.def();
    if (node.inputs.size() < static_cast<std::size_t>(def.min_inputs)) {
      return invalid_argument("{} has {} inputs of {}", where(), node.inputs.size(),
                              def.min_inputs);
    }
    const bool variadic = !def.outputs.empty() && def.outputs.back().kind == PortKind::kVariadic;
    if (node.outputs.size() > def.outputs.size() && !variadic) {
      return invalid_argument("{} has {} outputs, {} are the most", where(), node.outputs.size(),
                              def.outputs.size());
    }
    for (const RegionId body : node.regions) TERN_TRY(check_region(body));
    for (const ValueId output : node.outputs) {
      if (output == kNoValue) continue;
      if (graph_.value(output).producer != id) {
        return invalid_argument("{} does not produce {}", where(), graph_.value(output).name);
      }
      see(output);
    }
    return {};
  }

  Status check_visible(ValueId id, std::string_view role) const {
    if (static_cast<std::size_t>(id) >= graph_.value_count()) {
      return invalid_argument("{} is no value of the graph", role);
    }
    if (!visible_[static_cast<std::size_t>(id)]) {
      return invalid_argument("{} {} is used before it is made or outside its body", role,
                              graph_.value(id).name);
    }
    return {};
  }

  Status check_users() const {
    std::vector<std::size_t> uses(graph_.value_count(), 0);
    for (std::size_t i = 0; i < graph_.node_count(); ++i) {
      const Node& node = graph_.node(static_cast<NodeId>(i));
      if (node.removed) continue;
      for (const ValueId input : node.inputs) {
        if (input != kNoValue) ++uses[static_cast<std::size_t>(input)];
      }
    }
    for (std::size_t i = 0; i < graph_.value_count(); ++i) {
      const ValueData& value = graph_.value(static_cast<ValueId>(i));
      if (value.users.size() != uses[i]) {
        return invalid_argument("{} lists {} users and has {}", value.name, value.users.size(),
                                uses[i]);
      }
    }
    return {};
  }

  Status check_updates() const {
    std::unordered_set<ValueId> updated;
    for (const VariableUpdate& update : graph_.updates()) {
      TERN_TRY(check_visible(update.variable, "the variable of an update"));
      TERN_TRY(check_visible(update.new_value, "an update"));
      const ValueData& variable = graph_.value(update.variable);
      const ValueData& value = graph_.value(update.new_value);
      if (variable.kind != ValueKind::kVariable) {
        return invalid_argument("an update assigns to {}, which is no variable", variable.name);
      }
      if (value.type.dtype != DType::kUndefined && value.type.dtype != variable.type.dtype) {
        return invalid_argument("an update assigns {} to variable {} of {}",
                                to_string(value.type.dtype), variable.name,
                                to_string(variable.type.dtype));
      }
      if (contradict(value.type, variable.type)) {
        return invalid_argument("an update assigns {} to variable {}, which has another shape",
                                value.name, variable.name);
      }
      if (!updated.insert(update.variable).second) {
        return invalid_argument("variable {} has two updates", variable.name);
      }
    }
    return {};
  }

  void see(ValueId id) { visible_[static_cast<std::size_t>(id)] = true; }
  void hide(ValueId id) {
    if (id != kNoValue) visible_[static_cast<std::size_t>(id)] = false;
  }

  const Graph& graph_;
  std::vector<bool> visible_;
};

}  // namespace

bool contradict(const TypeInfo& a, const TypeInfo& b) {
  const bool dtypes_known = a.dtype != DType::kUndefined && b.dtype != DType::kUndefined;
  if (dtypes_known && a.dtype != b.dtype) return true;
  if (!a.has_rank || !b.has_rank) return false;
  return !std::ranges::equal(a.shape, b.shape, [](const Dim& x, const Dim& y) {
    return !x.known() || !y.known() || x.value() == y.value();
  });
}

Status verify(const Graph& graph) { return Verifier(graph).run(); }

}  // namespace tern

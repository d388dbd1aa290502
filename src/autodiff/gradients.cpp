#include <algorithm>
#include <set>

#include <fmt/ranges.h>

#include "base/errors.h"
#include "graph/body_graph.h"
#include "graph/op_def.h"
#include "ops/expand.h"
#include "ops/grad.h"
#include "tern/autodiff.h"
#include "tern/functions.h"

namespace tern {
namespace {

// Expansions in expansions: an operator that expands to itself is a bug, not a hang.
constexpr int kMaxExpansionDepth = 16;

// Integers, bools and strings carry no gradient; an unknown dtype is taken for floating.
bool can_carry(const Graph& graph, ValueId id) {
  const DType dtype = graph.value(id).type.dtype;
  return dtype == DType::kUndefined || is_floating(dtype);
}

class Differentiator {
 public:
  Differentiator(Graph& graph, std::span<const ValueId> stops)
      : graph_(graph), builder_(graph), stopped_(graph.value_count(), false) {
    for (const ValueId id : stops) stopped_[static_cast<std::size_t>(id)] = true;
  }

  Result<std::vector<ValueId>> run(ValueId loss, std::span<const ValueId> wrt) {
    TERN_TRY(check_loss(loss));
    depends_.assign(graph_.value_count(), false);
    for (const ValueId id : wrt) depends_[static_cast<std::size_t>(id)] = true;
    mark_dependents(graph_.nodes());
    gradients_.assign(graph_.value_count(), Value());
    if (depends_[static_cast<std::size_t>(loss)]) {
      gradients_[static_cast<std::size_t>(loss)] = seed(loss);
      TERN_TRY(check_rules(loss));
      const std::vector<NodeId> order(graph_.nodes().begin(), graph_.nodes().end());
      for (auto it = order.rbegin(); it != order.rend(); ++it) {
        differentiate(*it);
        if (!builder_.status().ok()) {
          return builder_.status().with_context(
              fmt::format("gradient of node {}", graph_.node(*it).name));
        }
      }
    }
    std::vector<ValueId> results;
    for (const ValueId id : wrt) results.push_back(gradients_[static_cast<std::size_t>(id)].id());
    return results;
  }

 private:
  Status check_loss(ValueId loss) const {
    const TypeInfo& type = graph_.value(loss).type;
    if (!is_floating(type.dtype)) {
      return invalid_argument("the loss {} is {}, not a floating type", graph_.value(loss).name,
                              to_string(type.dtype));
    }
    for (const Dim& dim : type.shape) {
      if (!dim.known() || dim.value() != 1) {
        return invalid_argument("the loss {} has more than one element", graph_.value(loss).name);
      }
    }
    return {};
  }

  Value seed(ValueId loss) {
    Value one = builder_.scalar_of(graph_.value(loss).type.dtype, 1.0);
    const std::size_t rank = graph_.value(loss).type.shape.size();
    return rank == 0 ? one : reshape(one, std::vector<std::int64_t>(rank, 1));
  }

  // Every value of `nodes` that a dependent one flows into without passing a stop.
  void mark_dependents(std::span<const NodeId> nodes) {
    for (const NodeId id : nodes) {
      const Node& node = graph_.node(id);
      const bool reached = std::ranges::any_of(
          sources_of(graph_, node), [&](ValueId source) { return is_dependent(source); });
      if (!reached) continue;
      for (const ValueId output : node.outputs) {
        if (output != kNoValue && can_carry(graph_, output) &&
            !stopped_[static_cast<std::size_t>(output)]) {
          depends_[static_cast<std::size_t>(output)] = true;
        }
      }
    }
  }

  bool is_dependent(ValueId id) const { return depends_[static_cast<std::size_t>(id)]; }

  // All operators between the loss and what is asked for must have a rule, or an expansion whose
  // operators have; all that lack both are named at once.
  Status check_rules(ValueId loss) const {
    std::vector<bool> needed(graph_.value_count(), false);
    needed[static_cast<std::size_t>(loss)] = true;
    std::set<std::string> missing;
    const auto nodes = graph_.nodes();
    for (auto it = nodes.rbegin(); it != nodes.rend(); ++it) {
      const Node& node = graph_.node(*it);
      const bool on_the_way = std::ranges::any_of(node.outputs, [&](ValueId id) {
        return id != kNoValue && needed[static_cast<std::size_t>(id)] && is_dependent(id);
      });
      if (!on_the_way) continue;
      for (const ValueId source : sources_of(graph_, node)) {
        if (is_dependent(source)) needed[static_cast<std::size_t>(source)] = true;
      }
      if (node.op.def().gradient == nullptr && node.op.def().expand == nullptr) {
        missing.insert(fmt::format("{} ({})", node.op.name(), node.name));
      }
    }
    if (missing.empty()) return {};
    return unimplemented("no derivative for {}", fmt::join(missing, ", "));
  }

  void differentiate(NodeId id) {
    std::vector<Value> output_gradients;
    std::vector<bool> wanted;
    bool any = false;
    {
      const Node& node = graph_.node(id);
      for (const ValueId output : node.outputs) {
        output_gradients.push_back(output == kNoValue || !is_dependent(output)
                                       ? Value()
                                       : gradients_[static_cast<std::size_t>(output)]);
        any = any || output_gradients.back().present();
      }
      for (const ValueId input : node.inputs) {
        wanted.push_back(input != kNoValue && is_dependent(input));
      }
    }
    if (!any) return;
    if (graph_.node(id).op.def().gradient == nullptr) {
      return differentiate_expansion(id, output_gradients);
    }
    GradContext context(builder_, id, std::move(output_gradients), std::move(wanted));
    const Op op = graph_.node(id).op;  // emitting nodes moves the node table
    op.def().gradient(op.attributes(), context);
    for (std::size_t i = 0; i < context.input_gradients().size(); ++i) {
      const Value gradient = context.input_gradients()[i];
      const ValueId input = graph_.node(id).inputs[i];
      if (gradient.present() && context.wants(i)) add_gradient(input, gradient);
    }
  }

  // A node without a rule is written out with simpler ones beside it, and the gradient takes the
  // way through those: what they compute is computed once more, in the backward pass.
  void differentiate_expansion(NodeId id, std::span<const Value> output_gradients) {
    const Node node = graph_.node(id);  // a copy: adding nodes moves them
    const OpDef& def = node.op.def();
    if (def.expand == nullptr) {
      return builder_.fail(unimplemented("no derivative for {} ({})", def.name, node.name));
    }
    if (expansion_depth_ == kMaxExpansionDepth) {
      return builder_.fail(internal_error("{} expands without end", def.name));
    }
    const std::size_t first = graph_.node_count();
    std::vector<Value> inputs;
    for (const ValueId input : node.inputs) {
      inputs.push_back(input == kNoValue ? Value() : Value(&builder_, input));
    }
    ExpandContext context(builder_, std::move(inputs), node.outputs.size());
    def.expand(node.op.attributes(), context);
    if (!builder_.status().ok()) return;
    std::vector<NodeId> added;  // in execution order: each was made from earlier ones
    for (std::size_t n = first; n < graph_.node_count(); ++n) added.push_back(NodeId(n));
    stopped_.resize(graph_.value_count(), false);
    depends_.resize(graph_.value_count(), false);
    gradients_.resize(graph_.value_count());
    mark_dependents(added);
    for (std::size_t i = 0; i < output_gradients.size(); ++i) {
      const Value result = context.results()[i];
      if (!output_gradients[i].present() || !result.present()) continue;
      if (is_dependent(result.id())) add_gradient(result.id(), output_gradients[i]);
    }
    ++expansion_depth_;
    for (auto it = added.rbegin(); it != added.rend(); ++it) differentiate(*it);
    --expansion_depth_;
  }

  void add_gradient(ValueId id, Value gradient) {
    Value& sum = gradients_[static_cast<std::size_t>(id)];
    sum = sum.present() ? sum + gradient : gradient;
  }

  Graph& graph_;
  GraphBuilder builder_;
  std::vector<bool> stopped_;
  std::vector<bool> depends_;
  std::vector<Value> gradients_;  // by ValueId, of the values there are to differentiate
  int expansion_depth_ = 0;
};

}  // namespace

Result<std::vector<ValueId>> gradients(Graph& graph, ValueId loss, std::span<const ValueId> wrt,
                                       std::span<const ValueId> stops) {
  return Differentiator(graph, stops).run(loss, wrt);
}

std::vector<Value> gradients(Value loss, std::span<const Value> wrt) {
  std::vector<Value> values(wrt.size());
  GraphBuilder* builder = loss.builder();
  if (builder == nullptr || !builder->status().ok()) return values;
  std::vector<ValueId> ids;
  for (const Value& value : wrt) {
    if (value.builder() != builder) {
      builder->fail(invalid_argument("the gradient of {} with respect to a value that {}",
                                     builder->graph().value(loss.id()).name,
                                     value.present() ? "is another builder's" : "is absent"));
      return values;
    }
    ids.push_back(value.id());
  }
  Result<std::vector<ValueId>> found = gradients(builder->graph(), loss.id(), ids);
  if (!found.ok()) {
    builder->fail(found.status());
    return values;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if ((*found)[i] != kNoValue) values[i] = Value(builder, (*found)[i]);
  }
  return values;
}

std::vector<Value> gradients(Value loss, std::initializer_list<Value> wrt) {
  return gradients(loss, std::span(wrt.begin(), wrt.size()));
}

}  // namespace tern

// What rewrites share: looking at neighbours, putting a new node in an old one's place.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "passes/pass.h"

namespace tern::passes {

/// The node that makes `id`, or null when it is no node's result.
const Node* producer_of(const Graph& graph, ValueId id);

/// The one node that uses `id`, once and in the region where `id` is made; kNoNode when none or
/// several do, a body does, or the value is a root.
NodeId only_user(const Graph& graph, ValueId id);

/// True when what uses `values` makes one of them, or is `last`: they are not needed once the
/// result of `last` is made in another way.
bool only_used_for(const Graph& graph, std::span<const ValueId> values, NodeId last);

/// Input i of a node; kNoValue when it has none.
inline ValueId input_of(const Node& node, std::size_t i) {
  return i < node.inputs.size() ? node.inputs[i] : kNoValue;
}

/// Adds `op` on `inputs` with one output and moves all uses of `old` to it. The name of `old` goes
/// with them when it is a graph output; the node that made `old` is removed.
Status replace_value(Graph& graph, ValueId old, Op op, std::span<const ValueId> inputs);

/// Moves all uses of `old` to `value`, and a graph output's name where `value` is another node's
/// result.
void move_uses(Graph& graph, ValueId old, ValueId value);
/// replace_value, and removes the nodes under `old` that nothing needs any more.
Status replace_expression(Graph& graph, ValueId old, Op op, std::span<const ValueId> inputs);

/// Removes the nodes that made `values` unless something uses them, then those under them.
void remove_unused(Graph& graph, std::span<const ValueId> values);

/// Calls `rewrite` for every node of the main region, in order, that is still there, and says
/// whether any call changed something. Failures get the node's name.
Result<bool> for_each_node(Graph& graph, Result<bool> (*rewrite)(Graph& graph, NodeId node));

/// Moves all uses of a node's first output to `value` and removes the node. A graph output keeps
/// its name where `value` is another node's result.
void bypass(Graph& graph, NodeId node, ValueId value);

/// The elements of a constant i64 or i32 value; nullopt for anything else.
std::optional<std::vector<std::int64_t>> constant_ints(const Graph& graph, ValueId id);

/// The single element of a constant numeric value; nullopt for anything else.
std::optional<double> constant_scalar(const Graph& graph, ValueId id);

/// A scalar constant of a numeric type.
Result<ValueId> scalar_constant(Graph& graph, DType dtype, double value);

/// Both types have a known rank and surely the same sizes.
bool same_shape(const TypeInfo& a, const TypeInfo& b);

}  // namespace tern::passes

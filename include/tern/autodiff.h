// Reverse-mode differentiation: appends the graph that computes gradients.
//
//   tern::Value loss = ...;
//   std::vector<tern::Value> d = tern::gradients(loss, {w, b});     // dloss/dw, dloss/db
//
// The rule of an operator stands with the operator and emits ordinary nodes, so gradients can be
// differentiated again.
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "tern/graph.h"
#include "tern/graph_builder.h"
#include "tern/status.h"

namespace tern {

/// Appends the backward graph of `loss`, a floating value with one element, to `graph` and returns
/// the gradient with respect to each of `wrt`, of its type and shape; kNoValue where the loss does
/// not depend on it. Values in `stops` are treated as constants. Fails with the names of all
/// operators on the way that have no derivative.
Result<std::vector<ValueId>> gradients(Graph& graph, ValueId loss, std::span<const ValueId> wrt,
                                       std::span<const ValueId> stops = {});

/// The same on values of a builder, which keeps the error; absent values where the loss does not
/// depend on a value.
std::vector<Value> gradients(Value loss, std::span<const Value> wrt);
std::vector<Value> gradients(Value loss, std::initializer_list<Value> wrt);

}  // namespace tern

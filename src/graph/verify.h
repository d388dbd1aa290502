// The invariants of a Graph, checked after construction, import and (in debug builds) every pass.
#pragma once

#include "tern/graph.h"

namespace tern {

/// Fails with the first broken invariant: every use is listed at its value and the other way round,
/// producers come before users, a body uses only values it can see, operators have the inputs and
/// outputs they declare, names are unique, updates fit their variables.
Status verify(const Graph& graph);

/// True when no value can be of both types: what is known of both differs.
bool contradict(const TypeInfo& a, const TypeInfo& b);

}  // namespace tern

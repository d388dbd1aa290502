// Whether tensors fit the inputs of a graph.
#pragma once

#include <span>
#include <string>

#include "tern/graph.h"

namespace tern::runtime {

/// "f32[N,3,224,224]", "sequence(f32[?])"; "?" for what nothing is known of.
std::string describe_type(const Graph& graph, const TypeInfo& type);

/// Number, dtypes, ranks and what is known of sizes; equal symbols must have equal sizes.
Status check_inputs(const Graph& graph, std::span<const Tensor> given);

}  // namespace tern::runtime

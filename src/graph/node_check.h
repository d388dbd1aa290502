// What a reader of graphs checks of a node before it adds it, whatever is known of types.
#pragma once

#include <span>
#include <string_view>

#include "graph/op_def.h"

namespace tern {

/// Fails unless the operator takes so many inputs and outputs and has all inputs it requires.
Status check_arity(const OpDef& def, std::span<const ValueId> inputs, std::size_t outputs);

/// Fails when an attribute that the operator requires is not among those `given`.
Status check_required_attributes(const OpDef& def, std::span<const std::string_view> given);

}  // namespace tern

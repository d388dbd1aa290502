// Which attributes of ONNX hold the bodies of an operator.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "graph/op_def.h"

namespace tern {

/// The names of the bodies of an operator of the default domain, in the order of Node::regions;
/// empty for one without bodies.
std::span<const std::string_view> body_attributes(std::string_view op_type);

/// How many bodies a node of any operator has.
std::size_t body_count(const OpDef& def);

}  // namespace tern

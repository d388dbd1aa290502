// The table of all operators, made from op_list.def.
#pragma once

#include <span>
#include <string_view>

#include "graph/op_def.h"

namespace tern {

/// Every operator, in the order of op_list.def.
std::span<const OpDef* const> op_table();

/// Null when tern has no such operator. The default domain of ONNX is "ai.onnx" here.
const OpDef* find_op(std::string_view domain, std::string_view name);

}  // namespace tern

// Operators of com.microsoft, which exporters and the optimisers of ONNX Runtime put into files,
// and those that they put into the default domain without a place in the standard. Each is written
// with tern's own operators on its way into the graph, so that every pass and kernel applies.
#pragma once

#include <span>
#include <string_view>

#include "import/onnx/lowering.h"

namespace tern::onnx {

struct LoweringRule {
  std::string_view op_type;
  /// One letter per input: r required, o may be left out; a * at the end allows any number more.
  std::string_view ports;
  std::size_t outputs = 1;  // at most
  void (*apply)(Lowering& node) = nullptr;
  std::string_view domain = "com.microsoft";
};

/// All rules, sorted by operator.
std::span<const LoweringRule> lowering_rules();

/// Null for operators that are imported in another way.
const LoweringRule* find_lowering(std::string_view domain, std::string_view op_type);

/// Fails unless number and presence of the inputs fit the rule, the element types of the inputs are
/// known and there are not too many outputs.
Status check_ports(const LoweringRule& rule, const NodeDraft& node);

}  // namespace tern::onnx

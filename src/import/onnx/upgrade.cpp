#include "import/onnx/upgrade.h"

#include <algorithm>
#include <array>

#include "base/errors.h"

namespace tern::onnx {
namespace {

struct Rule {
  std::string_view op_type;
  std::int64_t below;  // applies to files of an older opset than this
  Status (*apply)(NodeDraft& node);
};

/// An attribute that became input `at`, a list of integers.
Status ints_to_input(NodeDraft& node, std::string_view attribute, std::size_t at) {
  TERN_ASSIGN_OR_RETURN(const auto values, node.take<std::vector<std::int64_t>>(attribute));
  if (values) node.set_input(at, node.ints(*values));
  return {};
}

Status axes_to_input(NodeDraft& node) { return ints_to_input(node, "axes", 1); }

/// The input was seen as a matrix, cut at `axis`, whose rows were the whole domain.
Status flatten_softmax(NodeDraft& node) {
  TERN_ASSIGN_OR_RETURN(const auto stated, node.take<std::int64_t>("axis"));
  std::int64_t axis = stated.value_or(1);
  const ValueId x = node.inputs.at(0);
  const TypeInfo& type = node.type(0);
  if (type.has_rank) {
    if (axis < 0) axis += type.rank();
    if (axis == type.rank() - 1) {
      node.set("axis", std::int64_t{-1});
      return {};
    }
  }
  TERN_ASSIGN_OR_RETURN(const ValueId shape, node.add("Shape", {x}));
  TERN_ASSIGN_OR_RETURN(const ValueId matrix, node.add("Flatten", {x}, {{"axis", axis}}));
  TERN_ASSIGN_OR_RETURN(const ValueId rows,
                        node.add(node.op_type, {matrix}, {{"axis", std::int64_t{-1}}}));
  node.become("Reshape", {rows, shape});
  return {};
}

constexpr std::array kRules{
    Rule{"Hardmax", 13, flatten_softmax}, Rule{"LogSoftmax", 13, flatten_softmax},
    Rule{"ReduceSum", 13, axes_to_input}, Rule{"Softmax", 13, flatten_softmax},
    Rule{"Squeeze", 13, axes_to_input},   Rule{"Unsqueeze", 13, axes_to_input},
};

}  // namespace

Status upgrade(NodeDraft& node) {
  if (node.domain != "ai.onnx") return {};
  for (const Rule& rule : kRules) {
    if (rule.op_type != node.op_type || node.opset >= rule.below) continue;
    TERN_TRY(rule.apply(node));
  }
  return {};
}

std::string_view upgraded_name(std::string_view op_type) {
  if (op_type == "Upsample") return "Resize";
  if (op_type == "Scatter") return "ScatterElements";
  return op_type;
}

}  // namespace tern::onnx

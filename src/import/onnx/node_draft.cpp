#include "import/onnx/node_draft.h"

#include <algorithm>

#include "base/errors.h"
#include "graph/node_check.h"
#include "ops/op_table.h"

namespace tern::onnx {
namespace {

template <class List>
auto find_attribute(List& attributes, std::string_view name) {
  return std::ranges::find_if(attributes, [&](const auto& a) { return a.first == name; });
}

}  // namespace

void NodeDraft::set_input(std::size_t i, ValueId value) {
  if (inputs.size() <= i) inputs.resize(i + 1, kNoValue);
  inputs[i] = value;
}

bool NodeDraft::has(std::string_view attribute) const {
  return find_attribute(attributes, attribute) != attributes.end();
}

void NodeDraft::set(std::string_view attribute, AttributeValue value) {
  const auto found = find_attribute(attributes, attribute);
  if (found != attributes.end()) {
    found->second = std::move(value);
  } else {
    attributes.emplace_back(attribute, std::move(value));
  }
}

void NodeDraft::remove(std::string_view attribute) {
  std::erase_if(attributes, [&](const auto& a) { return a.first == attribute; });
}

void NodeDraft::rename(std::string_view from, std::string_view to) {
  const auto found = find_attribute(attributes, from);
  if (found != attributes.end()) found->first = to;
}

template <class T>
Result<std::optional<T>> NodeDraft::take(std::string_view attribute) {
  const auto found = find_attribute(attributes, attribute);
  if (found == attributes.end()) return std::optional<T>();
  T* const value = std::get_if<T>(&found->second);
  if (value == nullptr) return invalid_argument("attribute '{}' is of another kind", attribute);
  std::optional<T> taken(std::move(*value));
  attributes.erase(found);
  return taken;
}
template Result<std::optional<std::int64_t>> NodeDraft::take(std::string_view);
template Result<std::optional<float>> NodeDraft::take(std::string_view);
template Result<std::optional<std::string>> NodeDraft::take(std::string_view);
template Result<std::optional<std::vector<std::int64_t>>> NodeDraft::take(std::string_view);
template Result<std::optional<std::vector<float>>> NodeDraft::take(std::string_view);
template Result<std::optional<std::vector<std::string>>> NodeDraft::take(std::string_view);

std::string NodeDraft::name_of(std::string_view what) const {
  if (!name.empty()) return fmt::format("{}/{}", name, what);
  return outputs.empty() ? std::string(what) : fmt::format("{}/{}", outputs[0], what);
}

Result<ValueId> NodeDraft::add(std::string_view op, std::span<const ValueId> op_inputs,
                               const Attributes& op_attributes) {
  TERN_ASSIGN_OR_RETURN(Op made, make_op("ai.onnx", op, op_attributes));
  const std::string node_name = name_of(op);
  const std::string output_names[] = {node_name};
  TERN_ASSIGN_OR_RETURN(const NodeId node, graph.add_node(std::move(made), op_inputs, 1, node_name,
                                                          output_names, region));
  return graph.node(node).outputs[0];
}

void NodeDraft::become(std::string_view op, std::vector<ValueId> op_inputs,
                       Attributes op_attributes) {
  op_type = op;
  domain = "ai.onnx";
  inputs = std::move(op_inputs);
  attributes = std::move(op_attributes);
}

Result<Op> make_op(std::string_view domain, std::string_view op_type,
                   const NodeDraft::Attributes& attributes) {
  const OpDef* def = find_op(domain, op_type);
  if (def == nullptr) return unimplemented("operator {} ({}) is not supported", op_type, domain);
  Op op(*def);
  for (const auto& [name, value] : attributes) TERN_TRY(op.set(name, value));
  std::vector<std::string_view> given;
  for (const auto& [name, value] : attributes) given.push_back(name);
  TERN_TRY(check_required_attributes(*def, given));
  return op;
}

}  // namespace tern::onnx

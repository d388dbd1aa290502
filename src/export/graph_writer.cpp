#include "export/graph_writer.h"

#include "export/attributes.h"
#include "export/opset_rules.h"
#include "export/tensor_writer.h"
#include "ops/control_flow.h"

namespace tern::onnx {

GraphWriter::GraphWriter(const LoweredGraph& lowered)
    : lowered_(lowered), graph_(lowered.graph), names_(lowered.graph) {
  // The names that callers know come first, so that no inner value takes one of them.
  for (const ValueId input : graph_.inputs()) names_.of(input);
  for (const ValueId output : graph_.outputs()) names_.of(output);
}

std::vector<ValueId> GraphWriter::initializers() const {
  std::vector<ValueId> list;
  for (std::size_t i = 0; i < graph_.value_count(); ++i) {
    const ValueKind kind = graph_.value(static_cast<ValueId>(i)).kind;
    const bool holds_tensor = kind == ValueKind::kConstant || kind == ValueKind::kVariable;
    if (holds_tensor && lowered_.live_values[i]) list.push_back(static_cast<ValueId>(i));
  }
  return list;
}

onnx_pb::GraphProto GraphWriter::main_graph() {
  onnx_pb::GraphProto main;
  main.set_name(graph_.name.empty() ? "graph" : valid_utf8(graph_.name));
  for (const ValueId input : graph_.inputs()) {
    *main.add_input() = value_info(graph_, graph_.value(input).type, names_.of(input));
  }
  write_nodes(kMainRegion, main);
  std::unordered_set<ValueId> written;
  for (std::size_t i = 0; i < graph_.outputs().size(); ++i) {
    const ValueId output = graph_.outputs()[i];
    std::string name = names_.of(output);
    // An expansion may hand an input through, and one value may be two outputs.
    if (lowered_.output_names[i] != graph_.value(output).name || !written.insert(output).second) {
      name = names_.fresh_value(lowered_.output_names[i]);
      write_identity(output, name, main);
    }
    *main.add_output() = value_info(graph_, graph_.value(output).type, name);
  }
  return main;
}

void GraphWriter::write_nodes(RegionId region, onnx_pb::GraphProto& to) {
  for (const NodeId node : graph_.region(region).nodes) {
    if (lowered_.live_nodes[static_cast<std::size_t>(node)]) write_node(node, to);
  }
}

void GraphWriter::write_node(NodeId id, onnx_pb::GraphProto& to) {
  const Node& node = graph_.node(id);
  onnx_pb::NodeProto& proto = *to.add_node();
  proto.set_name(names_.node(node.name, node.op.name()));
  proto.set_op_type(std::string(node.op.name()));
  if (node.op.domain() != "ai.onnx") proto.set_domain(std::string(node.op.domain()));
  for (const ValueId input : node.inputs) proto.add_input(names_.of(input));
  while (proto.input_size() > 0 && proto.input(proto.input_size() - 1).empty()) {
    proto.mutable_input()->RemoveLast();
  }
  write_attributes(node.op, proto);
  const auto bodies = body_attributes(node.op.name());
  for (std::size_t i = 0; i < node.regions.size() && i < bodies.size(); ++i) {
    onnx_pb::AttributeProto& attribute = *proto.add_attribute();
    attribute.set_name(std::string(bodies[i]));
    attribute.set_type(onnx_pb::AttributeProto::GRAPH);
    *attribute.mutable_g() = body(node.regions[i]);
  }
  for (const ValueId output : node.outputs) {
    proto.add_output(names_.of(output));
    if (output == kNoValue || node.parent != kMainRegion) continue;
    const TypeInfo& type = graph_.value(output).type;
    if (type.dtype != DType::kUndefined && !graph_.is_root_use(output)) {
      *to.add_value_info() = value_info(graph_, type, names_.of(output));
    }
  }
  downgrade(graph_, node, lowered_.opset, proto);
}

onnx_pb::GraphProto GraphWriter::body(RegionId region) {
  const Region& source = graph_.region(region);
  onnx_pb::GraphProto proto;
  proto.set_name("body");
  for (const ValueId argument : source.arguments) {
    *proto.add_input() = value_info(graph_, graph_.value(argument).type, names_.of(argument));
  }
  write_nodes(region, proto);
  std::unordered_set<ValueId> written;
  for (const ValueId result : source.results) {
    const NodeId producer = graph_.value(result).producer;
    const bool made_here = producer != kNoNode && graph_.node(producer).parent == region;
    std::string name = names_.of(result);
    // Every result of a body must be made in it, and once.
    if (!made_here || !written.insert(result).second) {
      name = names_.fresh_value(name);
      write_identity(result, name, proto);
    }
    *proto.add_output() = value_info(graph_, graph_.value(result).type, name);
  }
  return proto;
}

void GraphWriter::write_identity(ValueId from, const std::string& name, onnx_pb::GraphProto& to) {
  onnx_pb::NodeProto& proto = *to.add_node();
  proto.set_name(names_.node("", "Identity"));
  proto.set_op_type("Identity");
  proto.add_input(names_.of(from));
  proto.add_output(name);
}

}  // namespace tern::onnx

#include "tests/import/onnx/model_maker.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace tern::testing {

using onnx_pb::AttributeProto;

onnx_pb::AttributeProto& NodeMaker::attribute(std::string_view name,
                                              AttributeProto::AttributeType type) {
  AttributeProto& attribute = *node_.add_attribute();
  attribute.set_name(std::string(name));
  attribute.set_type(type);
  return attribute;
}

NodeMaker& NodeMaker::name(std::string_view text) {
  node_.set_name(std::string(text));
  return *this;
}

NodeMaker& NodeMaker::domain(std::string_view text) {
  node_.set_domain(std::string(text));
  return *this;
}

NodeMaker& NodeMaker::integer(std::string_view name, std::int64_t value) {
  attribute(name, AttributeProto::INT).set_i(value);
  return *this;
}

NodeMaker& NodeMaker::number(std::string_view name, float value) {
  attribute(name, AttributeProto::FLOAT).set_f(value);
  return *this;
}

NodeMaker& NodeMaker::text(std::string_view name, std::string_view value) {
  attribute(name, AttributeProto::STRING).set_s(std::string(value));
  return *this;
}

NodeMaker& NodeMaker::ints(std::string_view name, std::vector<std::int64_t> values) {
  AttributeProto& list = attribute(name, AttributeProto::INTS);
  list.mutable_ints()->Add(values.begin(), values.end());
  return *this;
}

NodeMaker& NodeMaker::floats(std::string_view name, std::vector<float> values) {
  AttributeProto& list = attribute(name, AttributeProto::FLOATS);
  list.mutable_floats()->Add(values.begin(), values.end());
  return *this;
}

NodeMaker add_node(google::protobuf::RepeatedPtrField<onnx_pb::NodeProto>& nodes,
                   std::string_view op, std::vector<std::string> inputs,
                   std::vector<std::string> outputs) {
  onnx_pb::NodeProto& node = *nodes.Add();
  node.set_op_type(std::string(op));
  for (std::string& input : inputs) node.add_input(std::move(input));
  for (std::string& output : outputs) node.add_output(std::move(output));
  return NodeMaker(node);
}

void declare(onnx_pb::ValueInfoProto& info, std::string_view name, DType dtype,
             const DeclaredShape& shape) {
  info.set_name(std::string(name));
  auto& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(static_cast<int>(dtype));
  tensor.mutable_shape();
  for (const DeclaredDim& dim : shape) {
    auto& to = *tensor.mutable_shape()->add_dim();
    if (dim.name.empty()) {
      to.set_dim_value(dim.value);
    } else {
      to.set_dim_param(dim.name);
    }
  }
}

void fill(onnx_pb::TensorProto& to, std::vector<std::int64_t> dims, std::vector<float> values) {
  to.set_data_type(static_cast<int>(DType::kF32));
  to.mutable_dims()->Add(dims.begin(), dims.end());
  to.mutable_float_data()->Add(values.begin(), values.end());
}

void fill(onnx_pb::TensorProto& to, std::vector<std::int64_t> dims,
          std::vector<std::int64_t> values) {
  to.set_data_type(static_cast<int>(DType::kI64));
  to.mutable_dims()->Add(dims.begin(), dims.end());
  to.mutable_int64_data()->Add(values.begin(), values.end());
}

ModelMaker::ModelMaker(std::int64_t opset) {
  model_.set_ir_version(8);
  import_domain("", opset);
  graph().set_name("test");
}

void ModelMaker::input(std::string_view name, DType dtype, const DeclaredShape& shape) {
  declare(*graph().add_input(), name, dtype, shape);
}

void ModelMaker::import_domain(std::string_view domain, std::int64_t version) {
  auto& opset = *model_.add_opset_import();
  opset.set_domain(std::string(domain));
  opset.set_version(version);
}

Result<Graph> ModelMaker::import(const onnx::ImportOptions& options) const {
  return onnx::import_onnx(as_bytes(bytes()), options);
}

Graph ModelMaker::import_ok() const {
  Result<Graph> graph = import();
  if (!graph.ok()) throw std::runtime_error(graph.status().to_string());
  return std::move(*graph);
}

onnx::Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

const Node& find_node(const Graph& graph, std::string_view op) {
  const Node* found = nullptr;
  for (const NodeId id : graph.nodes()) {
    if (graph.node(id).op.name() != op) continue;
    EXPECT_EQ(found, nullptr) << "there are two " << op;
    found = &graph.node(id);
  }
  if (found == nullptr) {
    throw std::runtime_error("there is no " + std::string(op) + " among " + operators(graph));
  }
  return *found;
}

std::vector<std::int64_t> ints_of(const Graph& graph, const Node& node, std::size_t i) {
  const Tensor* tensor = i < node.inputs.size() ? graph.constant(node.inputs[i]) : nullptr;
  if (tensor == nullptr || tensor->dtype() != DType::kI64) return {};
  const auto values = tensor->span<std::int64_t>();
  return {values.begin(), values.end()};
}

std::string operators(const Graph& graph) {
  std::string text;
  for (const NodeId id : graph.nodes()) {
    if (!text.empty()) text += ' ';
    text += graph.node(id).op.name();
  }
  return text;
}

std::string describe(const Graph& graph, const TypeInfo& type) {
  std::string text = type.dtype == DType::kUndefined ? "?" : std::string(to_string(type.dtype));
  if (!type.has_rank) return text + "?";
  text += '[';
  for (std::size_t i = 0; i < type.shape.size(); ++i) {
    const Dim& dim = type.shape[i];
    if (i > 0) text += ',';
    text +=
        dim.known() ? std::to_string(dim.value()) : std::string(graph.symbol_name(dim.symbol()));
  }
  return text + ']';
}

std::string describe(const Graph& graph, std::string_view value) {
  const ValueId id = graph.find(value);
  return id == kNoValue ? "no such value" : describe(graph, graph.value(id).type);
}

}  // namespace tern::testing

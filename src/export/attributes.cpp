#include "export/attributes.h"

#include "export/tensor_writer.h"
#include "graph/op_def.h"

namespace tern::onnx {
namespace {

using onnx_pb::AttributeProto;

void write_value(std::monostate, AttributeProto&) {}

void write_value(std::int64_t value, AttributeProto& to) {
  to.set_type(AttributeProto::INT);
  to.set_i(value);
}

void write_value(float value, AttributeProto& to) {
  to.set_type(AttributeProto::FLOAT);
  to.set_f(value);
}

void write_value(const std::string& value, AttributeProto& to) {
  to.set_type(AttributeProto::STRING);
  to.set_s(value);
}

void write_value(const Tensor& value, AttributeProto& to) {
  to.set_type(AttributeProto::TENSOR);
  *to.mutable_t() = tensor_header(value, "");
  if (value.dtype() != DType::kString) to.mutable_t()->set_raw_data(value.raw(), value.bytes());
}

void write_value(const std::vector<std::int64_t>& values, AttributeProto& to) {
  to.set_type(AttributeProto::INTS);
  to.mutable_ints()->Add(values.begin(), values.end());
}

void write_value(const std::vector<float>& values, AttributeProto& to) {
  to.set_type(AttributeProto::FLOATS);
  to.mutable_floats()->Add(values.begin(), values.end());
}

void write_value(const std::vector<std::string>& values, AttributeProto& to) {
  to.set_type(AttributeProto::STRINGS);
  for (const std::string& value : values) to.add_strings(value);
}

bool is_absent(const AttributeValue& value) {
  return std::holds_alternative<std::monostate>(value);
}

}  // namespace

AttributeValue attribute_of(const Op& op, std::string_view attribute) {
  for (auto& [name, value] : op.attribute_values()) {
    if (name == attribute) return std::move(value);
  }
  return {};
}

bool is_default(const Op& op, std::string_view attribute) {
  if (is_absent(attribute_of(op, attribute))) return true;
  const AttributeValue fallback = attribute_of(Op(op.def()), attribute);
  if (is_absent(fallback)) return false;
  Op reset = op;
  return reset.set(attribute, fallback).ok() && reset == op;
}

void write_attributes(const Op& op, onnx_pb::NodeProto& node) {
  for (const FieldInfo& field : op.def().fields) {
    if (!field.required && is_default(op, field.name)) continue;
    AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(std::string(field.name));
    std::visit([&](const auto& value) { write_value(value, attribute); },
               attribute_of(op, field.name));
  }
}

}  // namespace tern::onnx

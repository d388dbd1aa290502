#include "export/tensor_writer.h"

#include "ops/ml/maps.h"

namespace tern::onnx {

onnx_pb::TensorProto tensor_header(const Tensor& tensor, std::string_view name) {
  onnx_pb::TensorProto proto;
  if (!name.empty()) proto.set_name(std::string(name));
  proto.set_data_type(static_cast<int>(tensor.dtype()));
  for (const std::int64_t dim : tensor.shape().dims()) proto.add_dims(dim);
  if (tensor.dtype() == DType::kString) {
    for (const std::string& text : tensor.span<std::string>()) proto.add_string_data(text);
  }
  return proto;
}

namespace {

void write_shape(const Graph& graph, const TypeInfo& type, onnx_pb::TensorShapeProto& shape) {
  for (const Dim& dim : type.shape) {
    onnx_pb::TensorShapeProto::Dimension& to = *shape.add_dim();
    if (dim.known()) {
      to.set_dim_value(dim.value());
    } else if (dim.symbol() != SymbolId::kAnonymous) {
      to.set_dim_param(std::string(graph.symbol_name(dim.symbol())));
    }
  }
}

// A container without a known element type stays without one, which readers take as unknown.
void write_type(const Graph& graph, const TypeInfo& type, onnx_pb::TypeProto& to) {
  const auto write_item = [&](onnx_pb::TypeProto& item) {
    if (type.element != nullptr) write_type(graph, *type.element, item);
  };
  switch (type.dtype) {
    case DType::kUndefined: return;
    case DType::kSequence: return write_item(*to.mutable_sequence_type()->mutable_elem_type());
    case DType::kOptional: return write_item(*to.mutable_optional_type()->mutable_elem_type());
    case DType::kMap: {
      onnx_pb::TypeProto::Map& map = *to.mutable_map_type();
      map.set_key_type(static_cast<int>(ops::key_type(type)));
      const DType values = ops::value_type(type);
      // Scalars, as far as files are concerned.
      write_type(graph, TypeInfo(values, Shape()), *map.mutable_value_type());
      return;
    }
    default: break;
  }
  to.mutable_tensor_type()->set_elem_type(static_cast<int>(type.dtype));
  if (type.has_rank) write_shape(graph, type, *to.mutable_tensor_type()->mutable_shape());
}

}  // namespace

onnx_pb::ValueInfoProto value_info(const Graph& graph, const TypeInfo& type,
                                   std::string_view name) {
  onnx_pb::ValueInfoProto info;
  info.set_name(std::string(name));
  if (type.dtype != DType::kUndefined) write_type(graph, type, *info.mutable_type());
  return info;
}

}  // namespace tern::onnx

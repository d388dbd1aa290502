#include "export/tensor_writer.h"

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

onnx_pb::ValueInfoProto value_info(const Graph& graph, const TypeInfo& type,
                                   std::string_view name) {
  onnx_pb::ValueInfoProto info;
  info.set_name(std::string(name));
  if (type.dtype == DType::kUndefined) return info;
  onnx_pb::TypeProto::Tensor& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(static_cast<int>(type.dtype));
  if (!type.has_rank) return info;
  onnx_pb::TensorShapeProto& shape = *tensor.mutable_shape();
  for (const Dim& dim : type.shape) {
    onnx_pb::TensorShapeProto::Dimension& to = *shape.add_dim();
    if (dim.known()) {
      to.set_dim_value(dim.value());
    } else if (dim.symbol() != SymbolId::kAnonymous) {
      to.set_dim_param(std::string(graph.symbol_name(dim.symbol())));
    }
  }
  return info;
}

}  // namespace tern::onnx

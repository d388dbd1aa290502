#include "import/onnx/type_decoder.h"

#include "base/errors.h"
#include "ops/ml/maps.h"
#include "proto/onnx.pb.h"

namespace tern::onnx {
namespace {

std::string_view kind_of(const onnx_pb::TypeProto& type) {
  switch (type.value_case()) {
    case onnx_pb::TypeProto::kTensorType: return "tensor";
    case onnx_pb::TypeProto::kSequenceType: return "sequence";
    case onnx_pb::TypeProto::kMapType: return "map";
    case onnx_pb::TypeProto::kOpaqueType: return "opaque";
    case onnx_pb::TypeProto::kSparseTensorType: return "sparse tensor";
    case onnx_pb::TypeProto::kOptionalType: return "optional";
    case onnx_pb::TypeProto::VALUE_NOT_SET: break;
  }
  return "unknown";
}

Result<std::vector<Dim>> decode_shape(const onnx_pb::TensorShapeProto& shape, Graph& graph) {
  if (shape.dim_size() > Shape::kMaxRank) {
    return invalid_argument("rank {} is above the limit of {}", shape.dim_size(), Shape::kMaxRank);
  }
  std::vector<Dim> dims;
  Shape known;
  for (const onnx_pb::TensorShapeProto::Dimension& dim : shape.dim()) {
    if (dim.has_dim_value() && dim.dim_value() >= 0) {
      dims.emplace_back(dim.dim_value());
      known.push_back(dim.dim_value());
    } else if (!dim.dim_param().empty()) {
      dims.emplace_back(graph.symbol(dim.dim_param()));
    } else {
      dims.emplace_back();
    }
  }
  // Whatever the other sizes turn out to be, the product of these must be a number of elements.
  TERN_ASSIGN_OR_RETURN(known, Shape::from(known.dims()));
  return dims;
}

Result<TypeInfo> decode_type(const onnx_pb::TypeProto& type, Graph& graph);

// In files the values of a map are scalars, in tern they are one tensor.
Result<TypeInfo> decode_map(const onnx_pb::TypeProto::Map& map, Graph& graph) {
  if (map.key_type() < 0 || map.key_type() >= kElementTypeCount) {
    return invalid_argument("key_type is {}, not one of 1 to {}", map.key_type(),
                            kElementTypeCount - 1);
  }
  TERN_ASSIGN_OR_RETURN(const TypeInfo value, decode_type(map.value_type(), graph));
  return ops::map_type(static_cast<DType>(map.key_type()), value.dtype);
}

Result<TypeInfo> decode_type(const onnx_pb::TypeProto& type, Graph& graph) {
  switch (type.value_case()) {
    case onnx_pb::TypeProto::VALUE_NOT_SET: return TypeInfo();
    case onnx_pb::TypeProto::kTensorType: break;
    case onnx_pb::TypeProto::kSequenceType: {
      TERN_ASSIGN_OR_RETURN(TypeInfo item, decode_type(type.sequence_type().elem_type(), graph));
      return TypeInfo::container(DType::kSequence, std::move(item));
    }
    case onnx_pb::TypeProto::kOptionalType: {
      TERN_ASSIGN_OR_RETURN(TypeInfo item, decode_type(type.optional_type().elem_type(), graph));
      return TypeInfo::container(DType::kOptional, std::move(item));
    }
    case onnx_pb::TypeProto::kMapType: {
      return decode_map(type.map_type(), graph);
    }
    default: return unimplemented("values of type {} are not supported", kind_of(type));
  }
  const onnx_pb::TypeProto::Tensor& tensor = type.tensor_type();
  if (tensor.elem_type() < 0 || tensor.elem_type() >= kElementTypeCount) {
    return invalid_argument("elem_type is {}, not one of 1 to {}", tensor.elem_type(),
                            kElementTypeCount - 1);
  }
  TypeInfo result = TypeInfo::of(static_cast<DType>(tensor.elem_type()));
  if (tensor.has_shape()) {
    TERN_ASSIGN_OR_RETURN(result.shape, decode_shape(tensor.shape(), graph));
    result.has_rank = true;
  }
  return result;
}

}  // namespace

Result<TypeInfo> decode_value_info(Bytes message, Graph& graph) {
  constexpr std::size_t kMaxBytes = std::size_t{1} << 26;
  if (message.size() > kMaxBytes) {
    return resource_exhausted("a type takes {} bytes, the limit is {}", message.size(), kMaxBytes);
  }
  onnx_pb::ValueInfoProto info;
  if (!info.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return data_loss("the bytes are no ValueInfoProto");
  }
  // Protobuf itself refuses messages nested deeper than a hundred levels.
  return decode_type(info.type(), graph);
}

}  // namespace tern::onnx

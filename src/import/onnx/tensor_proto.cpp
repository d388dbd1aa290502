#include "import/onnx/tensor_proto.h"

#include "base/errors.h"
#include "base/file.h"
#include "import/onnx/tensor_decoder.h"
#include "proto/onnx.pb.h"

namespace tern::onnx {

Result<NamedTensor> parse_tensor_proto(Bytes message) {
  constexpr int kName = 8;
  NamedTensor result;
  TERN_ASSIGN_OR_RETURN(result.tensor, decode_tensor(message, {}));
  WireReader reader(message, "TensorProto");
  while (reader.next()) {
    if (reader.field() == kName) result.name = reader.text();
  }
  TERN_TRY(reader.status());
  return result;
}

Result<NamedTensor> read_tensor_proto(const std::string& path) {
  TERN_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::open(path));
  Result<NamedTensor> tensor = parse_tensor_proto(file.bytes());
  if (!tensor.ok()) return std::move(tensor).status().with_context(path);
  return tensor;
}

std::string serialize_tensor_proto(const Tensor& tensor, std::string_view name) {
  onnx_pb::TensorProto proto;
  if (!name.empty()) proto.set_name(std::string(name));
  proto.set_data_type(static_cast<int>(tensor.dtype()));
  for (const std::int64_t dim : tensor.shape().dims()) proto.add_dims(dim);
  if (tensor.dtype() == DType::kString) {
    for (const std::string& text : tensor.span<std::string>()) proto.add_string_data(text);
  } else {
    proto.set_raw_data(tensor.raw(), tensor.bytes());
  }
  return proto.SerializeAsString();
}

Status write_tensor_proto(const std::string& path, const Tensor& tensor, std::string_view name) {
  return write_file_atomically(path, serialize_tensor_proto(tensor, name));
}

}  // namespace tern::onnx

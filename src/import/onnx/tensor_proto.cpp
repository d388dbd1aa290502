#include "import/onnx/tensor_proto.h"

#include "base/errors.h"
#include "base/file.h"
#include "import/onnx/tensor_decoder.h"
#include "proto/onnx.pb.h"

namespace tern::onnx {
namespace {

void append_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

}  // namespace

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

Status write_tensor_proto(const std::string& path, const Tensor& tensor, std::string_view name) {
  if (!tensor.defined() || is_container(tensor.dtype())) {
    return unimplemented("{}: a TensorProto of type {}", path, to_string(tensor.dtype()));
  }
  onnx_pb::TensorProto header;
  if (!name.empty()) header.set_name(std::string(name));
  header.set_data_type(static_cast<int>(tensor.dtype()));
  for (const std::int64_t dim : tensor.shape().dims()) header.add_dims(dim);
  TERN_ASSIGN_OR_RETURN(AtomicFileWriter file, AtomicFileWriter::create(path));
  if (tensor.dtype() == DType::kString) {
    for (const std::string& text : tensor.span<std::string>()) header.add_string_data(text);
    TERN_TRY(file.append(header.SerializeAsString()));
  } else {
    // raw_data last and by hand: as a field of the message it would be copied, and end at 2 GiB.
    std::string tag(1, static_cast<char>(onnx_pb::TensorProto::kRawDataFieldNumber << 3 | 2));
    append_varint(tag, tensor.bytes());
    TERN_TRY(file.append(header.SerializeAsString() + tag));
    TERN_TRY(file.append({static_cast<const std::byte*>(tensor.raw()), tensor.bytes()}));
  }
  return file.commit();
}

}  // namespace tern::onnx

#include "export/model_writer.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "base/errors.h"
#include "base/file.h"
#include "export/graph_writer.h"
#include "export/tensor_writer.h"
#include "graph/op_def.h"
#include "tern/thread_pool.h"

namespace tern::onnx {
namespace {

/// What protobuf, and so every other reader, takes at most.
constexpr std::uint64_t kMaxMessageBytes = std::numeric_limits<std::int32_t>::max();
/// Smaller tensors stay in the model, as shapes and scalars are better found there.
constexpr std::size_t kMinExternalBytes = 1024;
/// Large tensors start at a page, so that readers can map them.
constexpr std::uint64_t kPageBytes = 4096;

std::int64_t ir_version(std::int64_t opset) {
  if (opset <= 18) return 8;
  if (opset <= 20) return 9;
  if (opset <= 22) return 10;
  if (opset == 23) return 11;
  return opset == 24 ? 12 : 13;
}

void append_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

/// The tag and length in front of a field that holds bytes.
std::string field_head(int field, std::uint64_t bytes) {
  std::string head;
  append_varint(head, static_cast<std::uint64_t>(field) << 3 | 2);
  append_varint(head, bytes);
  return head;
}

std::span<const std::byte> raw_bytes(const Tensor& tensor) {
  return {static_cast<const std::byte*>(tensor.raw()), tensor.bytes()};
}

/// One initializer: a serialized message whose raw_data follows it, or lies in the data file.
struct Piece {
  std::string message;
  std::span<const std::byte> raw;

  std::uint64_t bytes() const { return message.size() + raw.size(); }
};

/// The file beside the model that large tensors go to.
class DataFile {
 public:
  static Result<DataFile> create(const std::string& path) {
    DataFile file;
    TERN_ASSIGN_OR_RETURN(AtomicFileWriter writer, AtomicFileWriter::create(path));
    file.writer_ = std::move(writer);
    file.location_ = base_name(path);
    return file;
  }

  /// Appends the tensor's bytes and says in `header` where they are.
  Status add(const Tensor& tensor, onnx_pb::TensorProto& header) {
    const std::uint64_t position = writer_->bytes_written();
    const std::uint64_t offset = (position + kPageBytes - 1) / kPageBytes * kPageBytes;
    TERN_TRY(writer_->append(std::string(offset - position, '\0')));
    TERN_TRY(writer_->append(raw_bytes(tensor)));
    const auto entry = [&](const char* key, std::string value) {
      onnx_pb::StringStringEntryProto& pair = *header.add_external_data();
      pair.set_key(key);
      pair.set_value(std::move(value));
    };
    entry("location", location_);
    entry("offset", std::to_string(offset));
    entry("length", std::to_string(tensor.bytes()));
    header.set_data_location(onnx_pb::TensorProto::EXTERNAL);
    return {};
  }

  Status sync() { return writer_->sync(); }
  Status commit() { return writer_->commit(); }

 private:
  std::optional<AtomicFileWriter> writer_;
  std::string location_;
};

Result<Piece> make_piece(const Tensor& tensor, std::string_view name, DataFile* data) {
  if (is_container(tensor.dtype())) {
    return unimplemented("constant {} is a {}, which no file can hold", name,
                         to_string(tensor.dtype()));
  }
  onnx_pb::TensorProto header = tensor_header(tensor, name);
  if (tensor.dtype() == DType::kString) return Piece{header.SerializeAsString(), {}};
  if (data != nullptr && tensor.bytes() >= kMinExternalBytes) {
    TERN_TRY(data->add(tensor, header));
    return Piece{header.SerializeAsString(), {}};
  }
  Piece piece{header.SerializeAsString(), raw_bytes(tensor)};
  piece.message += field_head(onnx_pb::TensorProto::kRawDataFieldNumber, piece.raw.size());
  return piece;
}

/// All of the model but its graph.
onnx_pb::ModelProto describe_model(const LoweredGraph& lowered) {
  const Graph& graph = lowered.graph;
  onnx_pb::ModelProto model;
  model.set_ir_version(ir_version(lowered.opset));
  model.set_producer_name("tern");
  model.set_producer_version(TERN_VERSION);
  std::map<std::string_view, std::int64_t> domains{{"ai.onnx", lowered.opset}};
  for (std::size_t i = 0; i < lowered.live_nodes.size(); ++i) {
    if (!lowered.live_nodes[i]) continue;
    const OpDef& def = graph.node(static_cast<NodeId>(i)).op.def();
    if (def.domain == "ai.onnx") continue;  // written for the model's opset, whatever `since` says
    std::int64_t& version = domains[def.domain];
    version = std::max<std::int64_t>(version, def.since);
  }
  for (const auto& [domain, version] : domains) {
    onnx_pb::OperatorSetIdProto& opset = *model.add_opset_import();
    opset.set_domain(domain == "ai.onnx" ? "" : std::string(domain));
    opset.set_version(version);
  }
  for (const auto& [key, value] : graph.metadata) {
    if (key == "onnx.domain") {
      model.set_domain(valid_utf8(value));
    } else if (key == "onnx.doc_string") {
      model.set_doc_string(valid_utf8(value));
    } else if (!key.starts_with("onnx.")) {
      onnx_pb::StringStringEntryProto& property = *model.add_metadata_props();
      property.set_key(valid_utf8(key));
      property.set_value(valid_utf8(value));
    }
  }
  return model;
}

/// Takes the bytes of the model one piece after the other.
using Sink = FunctionRef<Status(std::span<const std::byte>)>;

std::span<const std::byte> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

Status stream(Sink sink, const std::string& model, const std::string& graph,
              std::span<const Piece> pieces) {
  constexpr int kInitializer = onnx_pb::GraphProto::kInitializerFieldNumber;
  std::uint64_t graph_bytes = graph.size();
  for (const Piece& piece : pieces) {
    graph_bytes += field_head(kInitializer, piece.bytes()).size() + piece.bytes();
  }
  const auto append = [&](std::string_view text) { return sink(as_bytes(text)); };
  TERN_TRY(append(model));
  TERN_TRY(append(field_head(onnx_pb::ModelProto::kGraphFieldNumber, graph_bytes)));
  TERN_TRY(append(graph));
  for (const Piece& piece : pieces) {
    TERN_TRY(append(field_head(kInitializer, piece.bytes())));
    TERN_TRY(append(piece.message));
    TERN_TRY(sink(piece.raw));
  }
  return {};
}

/// A model in messages, ready to be streamed.
class PreparedModel {
 public:
  explicit PreparedModel(const LoweredGraph& lowered)
      : lowered_(lowered), writer_(lowered), graph_(writer_.main_graph()) {
    initializers_ = writer_.initializers();
  }

  Status check_size() const {
    constexpr std::uint64_t kLimit = kMaxMessageBytes / 2;
    if (graph_.ByteSizeLong() <= kLimit) return {};
    return resource_exhausted("the nodes take {} bytes, the limit is {}", graph_.ByteSizeLong(),
                              kLimit);
  }

  std::uint64_t bytes() const {
    std::uint64_t total = graph_.ByteSizeLong();
    for (const ValueId id : initializers_) total += lowered_.graph.value(id).tensor.bytes();
    return total;
  }

  /// `data` takes the large tensors if there is one.
  Status stream_to(Sink sink, DataFile* data) {
    std::vector<Piece> pieces;
    for (const ValueId id : initializers_) {
      const Tensor& tensor = lowered_.graph.value(id).tensor;
      TERN_ASSIGN_OR_RETURN(Piece piece, make_piece(tensor, writer_.name(id), data));
      pieces.push_back(std::move(piece));
    }
    return stream(sink, describe_model(lowered_).SerializeAsString(), graph_.SerializeAsString(),
                  pieces);
  }

 private:
  const LoweredGraph& lowered_;
  GraphWriter writer_;
  onnx_pb::GraphProto graph_;
  std::vector<ValueId> initializers_;
};

}  // namespace

Status write_model(const LoweredGraph& lowered, const std::string& path, bool external_data) {
  PreparedModel model(lowered);
  if (Status s = model.check_size(); !s.ok()) return std::move(s).with_context(path);
  constexpr std::uint64_t kHeaders = 1 << 20;  // names and sizes around the tensors, generously
  std::optional<DataFile> data;
  if (external_data || model.bytes() > kMaxMessageBytes - kHeaders) {
    TERN_ASSIGN_OR_RETURN(data, DataFile::create(path + ".data"));
  }
  TERN_ASSIGN_OR_RETURN(AtomicFileWriter file, AtomicFileWriter::create(path));
  const auto sink = [&](std::span<const std::byte> bytes) { return file.append(bytes); };
  TERN_TRY(model.stream_to(sink, data ? &*data : nullptr));
  // All bytes of both files are on the disk before the first takes its name: from there on only a
  // power cut between two renames could leave a model with the data of another.
  if (data) {
    TERN_TRY(file.sync());
    TERN_TRY(data->sync());
    TERN_TRY(data->commit());
  }
  return file.commit();
}

Result<std::string> serialize_model(const LoweredGraph& lowered) {
  PreparedModel model(lowered);
  TERN_TRY(model.check_size());
  std::string bytes;
  const auto sink = [&](std::span<const std::byte> piece) {
    bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    return Status();
  };
  TERN_TRY(model.stream_to(sink, nullptr));
  return bytes;
}

}  // namespace tern::onnx

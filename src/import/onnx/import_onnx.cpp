#include "import/onnx/import_onnx.h"

#include "base/errors.h"
#include "base/file.h"
#include "import/onnx/graph_importer.h"

namespace tern::onnx {
namespace {

/// Everything that the file says of itself, under names that cannot collide with the model's own
/// properties.
void add_metadata(const ModelView& model, Graph& graph) {
  for (const auto& [key, value] : model.metadata) graph.metadata[std::string(key)] = value;
  const auto note = [&](const char* key, std::string_view value) {
    if (!value.empty()) graph.metadata[key] = value;
  };
  note("onnx.producer_name", model.producer_name);
  note("onnx.producer_version", model.producer_version);
  note("onnx.domain", model.domain);
  note("onnx.doc_string", model.doc_string);
  note("onnx.graph_doc_string", model.graph.doc_string);
  if (model.model_version != 0) {
    graph.metadata["onnx.model_version"] = std::to_string(model.model_version);
  }
}

}  // namespace

Result<Graph> import_onnx(Bytes bytes, const ImportOptions& options, std::shared_ptr<void> owner) {
  TERN_ASSIGN_OR_RETURN(const ModelView model, parse_model(bytes));
  ExternalFiles files(options.external_data_folder);
  std::int64_t dense_bytes_left = kMaxDenseBytes;
  const TensorSource source{
      .owner = std::move(owner),
      .external = options.external_data_folder.empty() ? nullptr : &files,
      .dense_bytes_left = &dense_bytes_left,
  };
  TERN_ASSIGN_OR_RETURN(Graph graph, GraphImporter(model, options, source).run());
  add_metadata(model, graph);
  return graph;
}

Result<Graph> import_onnx(const std::string& path, const ImportOptions& options) {
  TERN_ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::open(path));
  const auto file = share_mapping(std::move(mapped));
  file->will_read_all();
  ImportOptions with_folder = options;
  const std::string_view folder = parent_path(path);
  with_folder.external_data_folder = folder.empty() ? "." : std::string(folder);
  Result<Graph> graph = import_onnx(file->bytes(), with_folder, file);
  if (!graph.ok()) return std::move(graph).status().with_context(path);
  return graph;
}

bool looks_like_onnx(Bytes file) {
  constexpr int kGraph = 7;
  constexpr int kLastField = 26;
  WireReader reader(file, "ModelProto");
  bool has_graph = false;
  while (reader.next()) {
    if (reader.field() > kLastField) return false;
    has_graph = has_graph || reader.field() == kGraph;
  }
  return has_graph && reader.status().ok();
}

}  // namespace tern::onnx

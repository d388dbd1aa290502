#include "base/errors.h"
#include "base/file.h"
#include "import/onnx/import_onnx.h"
#include "tern/graph_text.h"
#include "tern/model.h"

namespace tern {
namespace {

/// The text form. It may leave the types of inputs open, which no one could feed.
Result<Graph> load_text(const std::string& path) {
  TERN_ASSIGN_OR_RETURN(const std::string text, read_file(path));
  TERN_ASSIGN_OR_RETURN(Graph graph, parse_graph(text, path));
  for (const ValueId id : graph.inputs()) {
    if (graph.value(id).type.dtype == DType::kUndefined) {
      return invalid_argument("{}: input {} has no element type", path, graph.value(id).name);
    }
  }
  if (graph.outputs().empty() && graph.updates().empty()) {
    return invalid_argument("{}: the graph has no output", path);
  }
  return graph;
}

}  // namespace

Result<Graph> load_model(const std::string& path, const LoadOptions& options) {
  if (is_directory(path)) return invalid_argument("{}: a folder, not a model file", path);
  const std::string_view extension = file_extension(path);
  if (extension == ".tgraph") return load_text(path);
  if (extension != ".onnx") {
    TERN_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::open(path));
    if (!onnx::looks_like_onnx(file.bytes())) {
      return invalid_argument(
          "{}: neither the name nor the content is that of a known model format", path);
    }
  }
  return onnx::import_onnx(path, {.keep_overridable_inputs = options.keep_overridable_inputs});
}

}  // namespace tern

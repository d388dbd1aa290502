#include "base/errors.h"
#include "base/file.h"
#include "export/export_onnx.h"
#include "tern/model.h"

namespace tern {

Status save_model(const Graph& graph, const std::string& path, const SaveOptions& options) {
  if (file_extension(path) != ".onnx") {
    return invalid_argument("{}: the name of a model file to write ends in .onnx", path);
  }
  return onnx::export_onnx(graph, path,
                           {.opset = options.opset,
                            .outputs = options.outputs,
                            .variable_values = options.variable_values,
                            .external_data = options.external_data});
}

}  // namespace tern

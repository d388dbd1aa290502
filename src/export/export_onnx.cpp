#include "export/export_onnx.h"

#include "base/errors.h"
#include "export/lower.h"
#include "export/model_writer.h"

namespace tern::onnx {
namespace {

/// The newest opset of the default domain that the writer knows.
constexpr std::int64_t kNewestExportOpset = 28;

Result<LoweredGraph> checked_lower(const Graph& graph, const ExportOptions& options) {
  const bool known = options.opset >= kOldestExportOpset && options.opset <= kNewestExportOpset;
  if (options.opset != 0 && !known) {
    return invalid_argument("opset {} cannot be written, only {} to {}", options.opset,
                            kOldestExportOpset, kNewestExportOpset);
  }
  return lower(graph, options);
}

}  // namespace

Status export_onnx(const Graph& graph, const std::string& path, const ExportOptions& options) {
  Result<LoweredGraph> lowered = checked_lower(graph, options);
  if (!lowered.ok()) return std::move(lowered).status().with_context(path);
  return write_model(*lowered, path, options.external_data);
}

Result<std::string> serialize_onnx(const Graph& graph, const ExportOptions& options) {
  TERN_ASSIGN_OR_RETURN(const LoweredGraph lowered, checked_lower(graph, options));
  return serialize_model(lowered);
}

}  // namespace tern::onnx

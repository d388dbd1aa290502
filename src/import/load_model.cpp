#include "base/errors.h"
#include "base/file.h"
#include "import/onnx/import_onnx.h"
#include "tern/model.h"

namespace tern {

Result<Graph> load_model(const std::string& path, const LoadOptions& options) {
  if (is_directory(path)) return invalid_argument("{}: a folder, not a model file", path);
  const std::string_view extension = file_extension(path);
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

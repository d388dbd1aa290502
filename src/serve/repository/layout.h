// Layout of a model repository on disk:
//
//   PATH/name.onnx                one version, 1
//   PATH/name/model.onnx          one version, 1
//   PATH/name/3/model.onnx        version 3; any number of versions (Triton's layout)
//
// PATH may also be a single model: a file, or a folder of the second or third form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tern/status.h"

namespace tern::serve {

struct ModelFile {
  std::string name;
  std::int64_t version = 1;
  std::string path;
};

/// Every version of every model, sorted by name, then by version. Hidden files and what is no model
/// are passed over. kNotFound when nothing is left; kAlreadyExists when two models have one name.
Result<std::vector<ModelFile>> find_models(const std::string& path);

}  // namespace tern::serve

// Layout of a model repository on disk:
//
//   PATH/name.onnx                one version, 1
//   PATH/name/model.onnx          one version, 1
//   PATH/name/3/model.onnx        version 3; any number of versions (Triton's layout)
//   PATH/name/config.pbtxt        its configuration; files of class names stand beside it
//
// PATH may also be a single model: a file, or a folder of the other forms.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "serve/repository/model_config.h"
#include "tern/status.h"

namespace tern::serve {

struct ModelFile {
  std::string name;
  std::int64_t version = 1;
  std::string path;
  std::string folder;                         // of config.pbtxt; "" of a bare file
  std::shared_ptr<const ModelConfig> config;  // null without one
  std::string stamp;                          // changes with the file
};

struct ModelFolder {
  std::string name;
  std::string folder;                         // "" of a bare file
  std::shared_ptr<const ModelConfig> config;  // null without one
  /// What is wrong with the configuration, or that there is no version.
  Status status;
  std::vector<ModelFile> versions;  // sorted; those that are there, whatever the policy
  std::string stamp;                // changes with the configuration, its files and the versions
};

/// Every model, sorted by name. Hidden files and what is no model are passed over. kNotFound when
/// nothing is left; kAlreadyExists when two models have one name.
Result<std::vector<ModelFolder>> find_models(const std::string& path);

/// The model with another configuration than that of its folder.
ModelFolder with_config(const ModelFolder& model, ModelConfig config);

}  // namespace tern::serve

// Tensors whose bytes lie in files beside the model.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"
#include "import/onnx/wire_reader.h"
#include "tern/status.h"

namespace tern::onnx {

/// Maps the files that a model's tensors name, each once. A location comes from the model and is
/// not trusted: it must be relative, without "..", and lead to a regular file inside the model's
/// folder after all symbolic links are followed.
class ExternalFiles {
 public:
  /// `folder` is the model's; "" is the current one.
  explicit ExternalFiles(std::string folder) : folder_(std::move(folder)) {}

  struct Piece {
    Bytes bytes;
    std::shared_ptr<void> owner;  // keeps the mapping
  };
  /// `length` bytes from `offset`, or all from there when `length` is negative.
  Result<Piece> read(std::string_view location, std::int64_t offset, std::int64_t length);

 private:
  Result<std::shared_ptr<MappedFile>> open(const std::string& location);

  std::string folder_;
  std::map<std::string, std::shared_ptr<MappedFile>, std::less<>> files_;
};

}  // namespace tern::onnx

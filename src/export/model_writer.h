// Writes a lowered graph as the bytes of a ModelProto.
#pragma once

#include <string>

#include "export/lower.h"
#include "tern/status.h"

namespace tern::onnx {

/// Streams the model to `path`, with its large tensors in a file beside it if so wanted; see
/// export_onnx().
Status write_model(const LoweredGraph& lowered, const std::string& path, bool external_data);

/// The same in memory, in one piece.
Result<std::string> serialize_model(const LoweredGraph& lowered);

}  // namespace tern::onnx

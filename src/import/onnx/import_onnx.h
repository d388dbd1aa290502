// ONNX model files as Graphs.
#pragma once

#include <memory>
#include <string>

#include "import/onnx/wire_reader.h"
#include "tern/graph.h"

namespace tern::onnx {

struct ImportOptions {
  /// Initializers that are graph inputs too become variables that do not train, whose value the
  /// caller may replace, instead of constants.
  bool keep_overridable_inputs = false;
  /// Where tensors with external data are looked for when a model is read from bytes; empty: such
  /// tensors are refused. For files it is the file's folder.
  std::string external_data_folder;
};

/// Reads a model file of any size; opsets 1 to kNewestOpset of ONNX, newer ones are refused. The
/// file is mapped, and constants may be read-only views whose owner is the mapping: copy what must
/// outlive a truncation of the file by others. Messages name the file, the node, the field.
///   kUnimplemented: operators or types tern lacks; all operators at once, with their nodes.
///   kDataLoss: broken bytes. kInvalidArgument: a graph that says something impossible.
Result<Graph> import_onnx(const std::string& path, const ImportOptions& options = {});

/// The same from memory. With an `owner` that keeps `model` alive constants may view it, else they
/// are copied.
Result<Graph> import_onnx(Bytes model, const ImportOptions& options = {},
                          std::shared_ptr<void> owner = {});

/// True for bytes that can be the fields of a ModelProto with a graph; reads no more than those.
bool looks_like_onnx(Bytes file);

}  // namespace tern::onnx

// Model files: one door for every format tern reads.
//
//   tern::Result<tern::Graph> net = tern::load_model("net.onnx");
//   if (!net.ok()) std::cerr << net.status().to_string() << '\n';
//
// All functions may be called from many threads at once.
#pragma once

#include <string>

#include "tern/graph.h"
#include "tern/status.h"

namespace tern {

struct LoadOptions {
  /// Of ONNX: initializers that the file lists as inputs too become variables that do not train,
  /// whose value the caller may replace. Otherwise they are constants and take part in
  /// optimisation, which is what the writers of nearly all such files expect.
  bool keep_overridable_inputs = false;
};

/// Reads a model file; the format follows from its name (.onnx) or else from its content. Messages
/// begin with the path.
///   kNotFound: no such file. kDataLoss: broken bytes. kInvalidArgument: it says something
///   impossible, or its format is not known. kUnimplemented: it needs what tern lacks; all missing
///   operators are listed, with the nodes that use them.
/// Constants may be read-only views of the mapped file: reading them after another program has
/// truncated the file ends the process. A Session copies what it keeps.
Result<Graph> load_model(const std::string& path, const LoadOptions& options = {});

}  // namespace tern

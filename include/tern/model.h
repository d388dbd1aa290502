// Model files: one door for every format tern reads.
//
//   tern::Result<tern::Graph> net = tern::load_model("net.onnx");
//   if (!net.ok()) std::cerr << net.status().to_string() << '\n';
//
// All functions may be called from many threads at once.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tern/graph.h"
#include "tern/status.h"

namespace tern {

struct LoadOptions {
  /// Of ONNX: initializers that the file lists as inputs too become variables that do not train,
  /// whose value the caller may replace. Otherwise they are constants and take part in
  /// optimisation, which is what the writers of nearly all such files expect.
  bool keep_overridable_inputs = false;
};

/// Reads a model file; the format follows from its name (.onnx, .tgraph: tern/graph_text.h) or else
/// from its content. Messages begin with the path.
///   kNotFound: no such file. kDataLoss: broken bytes. kInvalidArgument: it says something
///   impossible, or its format is not known. kUnimplemented: it needs what tern lacks; all missing
///   operators are listed, with the nodes that use them.
/// Constants may be read-only views of the mapped file: reading them after another program has
/// truncated the file ends the process. A Session copies what it keeps.
Result<Graph> load_model(const std::string& path, const LoadOptions& options = {});

struct SaveOptions {
  /// Of ONNX: the opset to write, 17 or newer. 0 takes the oldest that says all operators as they
  /// are; with an older one those that it lacks are written with simpler ones.
  std::int64_t opset = 0;
  /// Names of the outputs to write, with what they need; empty: all outputs of the graph.
  std::vector<std::string> outputs;
  /// By name, in place of the initial values of variables: what training has made of them.
  std::map<std::string, Tensor> variable_values;
  /// Large tensors go into `<path>.data` beside the model; above 2 GiB they do in any case.
  bool external_data = false;
};

/// Writes a model file that other runtimes read too; the format follows from the name (.onnx).
/// Variables become initializers, updates are left out. The file is replaced in one step: after any
/// error, a full disk for one, the old file is whole.
///   kInvalidArgument: options that do not fit the graph. kUnimplemented: nodes that the format
///   cannot say, all of them listed.
Status save_model(const Graph& graph, const std::string& path, const SaveOptions& options = {});

}  // namespace tern

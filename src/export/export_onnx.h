// Graphs as ONNX files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tern/graph.h"
#include "tern/tensor.h"

namespace tern::onnx {

struct ExportOptions {
  /// The opset of the default domain to write, kOldestExportOpset or newer. 0: the oldest that says
  /// all operators as they are. Operators that it does not have are expanded.
  std::int64_t opset = 0;
  /// Only these outputs, and what they need; empty: all outputs.
  std::vector<std::string> outputs;
  /// By name, in place of the initial values of variables.
  std::map<std::string, Tensor> variable_values;
  /// Tensors of 1 KiB and more go into `<path>.data` beside the model. Models whose tensors exceed
  /// 2 GiB do so in any case, since other readers cannot take larger files.
  bool external_data = false;
};

inline constexpr std::int64_t kOldestExportOpset = 17;

/// Writes what the outputs need: nodes, constants, and variables as initializers; updates are left
/// out. Operators of the tern domain, and those newer than the opset, are written with simpler
/// ones. The file is replaced in one step; after an error (disk full) the old one stays whole.
///   kUnimplemented: all nodes that ONNX cannot say, at once.
///   kInvalidArgument: no such output, a variable value of another type, an opset out of range.
Status export_onnx(const Graph& graph, const std::string& path, const ExportOptions& options = {});

/// The bytes of the file, all of them in memory; options.external_data does not count.
Result<std::string> serialize_onnx(const Graph& graph, const ExportOptions& options = {});

}  // namespace tern::onnx

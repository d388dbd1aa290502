// A graph made ready for a file: only what the outputs need, only operators that ONNX has.
#pragma once

#include <string>
#include <vector>

#include "export/export_onnx.h"
#include "tern/graph.h"

namespace tern::onnx {

/// A graph that can be written node by node.
struct LoweredGraph {
  Graph graph;
  std::vector<std::string> output_names;  // a value may be two outputs, or have another name
  std::vector<bool> live_nodes;           // by NodeId: some output needs it
  std::vector<bool> live_values;          // by ValueId
  std::int64_t opset = 0;                 // of the default domain
};

Result<LoweredGraph> lower(const Graph& graph, const ExportOptions& options);

}  // namespace tern::onnx

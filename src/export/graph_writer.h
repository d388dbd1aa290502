// Nodes, bodies and declarations of a lowered graph as messages.
#pragma once

#include <string>
#include <vector>

#include "export/lower.h"
#include "export/names.h"
#include "proto/onnx.pb.h"

namespace tern::onnx {

class GraphWriter {
 public:
  explicit GraphWriter(const LoweredGraph& lowered);

  /// Nodes, inputs, outputs and types of the main graph; no initializers.
  onnx_pb::GraphProto main_graph();
  /// The constants and variables that live nodes or outputs use, in order.
  std::vector<ValueId> initializers() const;
  const std::string& name(ValueId value) { return names_.of(value); }

 private:
  void write_node(NodeId id, onnx_pb::GraphProto& to);
  void write_nodes(RegionId region, onnx_pb::GraphProto& to);
  onnx_pb::GraphProto body(RegionId region);
  void write_identity(ValueId from, const std::string& name, onnx_pb::GraphProto& to);

  const LoweredGraph& lowered_;
  const Graph& graph_;
  Names names_;
};

}  // namespace tern::onnx

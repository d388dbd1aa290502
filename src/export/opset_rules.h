// Which opset a node needs, and how a node is said in an opset that is older than its operator's
// newest meaning.
#pragma once

#include "proto/onnx.pb.h"
#include "tern/graph.h"

namespace tern::onnx {

/// The oldest opset of the node's domain in which write_node can say it. Looser than OpDef::since:
/// what a node does not use of a newer version does not count.
std::int64_t required_opset(const Graph& graph, const Node& node);

/// Rewrites `proto`, the node as its newest version is written, for `opset`, which is at least
/// required_opset().
void downgrade(const Graph& graph, const Node& node, std::int64_t opset, onnx_pb::NodeProto& proto);

}  // namespace tern::onnx

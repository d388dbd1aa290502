// The nodes of a graph that quantisation is about.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tern/graph.h"

namespace tern::quant {

/// A Conv, MatMul or Gemm with a constant f32 weight.
struct Layer {
  NodeId node = kNoNode;
  ValueId input = kNoValue;
  ValueId weight = kNoValue;
  ValueId bias = kNoValue;  ///< of Conv and Gemm, a constant vector of one f32 per channel
  ValueId output = kNoValue;
  int channel_axis = 0;  ///< of the weight: the axis of output channels
};

/// Layers of the main region, in order, but for those whose name `keep` chooses (base/glob.h).
/// Products are those of a matrix; Gemm is plain (alpha = beta = 1, A not transposed).
std::vector<Layer> find_layers(const Graph& graph, std::string_view keep);

bool is_product(const Graph& graph, const Layer& layer);

/// The node's name, else that of its first output.
std::string name_of(const Graph& graph, NodeId node);

/// Every use of `from` by one of `users` becomes a use of `to`. Outputs and results of bodies stay.
void redirect_uses(Graph& graph, std::span<const NodeId> users, ValueId from, ValueId to);

/// The last value of the chain that runs with the layer: what a constant added to the result, and a
/// Relu or Clip after it, make of the result where nothing else uses it.
ValueId end_of_layer(const Graph& graph, ValueId result);

}  // namespace tern::quant

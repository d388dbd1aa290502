// Small models for tests of the server, written as ONNX files.
#pragma once

#include <string>
#include <vector>

#include "tern/graph.h"
#include "tern/status.h"

namespace tern::serve {

/// y = 2 x; x f32[N,3]
Graph doubling_graph();
/// scores = logits; x f32[N,3]. Class names "red", "green", "blue".
Graph colour_graph();
/// sum = a + b; a f32[N,2], b i64[N,2]; product = a * b
Graph two_input_graph();
/// y = x; x f32[N,3,1,1]
Graph picture_graph();
/// y = x of a type; x [N,2]
Graph identity_graph(DType dtype);
/// y = table[x]; table f32[4], x i64[N]: other indices than -4 to 3 fail
Graph lookup_graph();
/// y = sums of x up to each row; x f32[N]: rows are a sequence
Graph running_sum_graph();
/// animal = x as a sequence of maps of "cat" and "dog"; number = the same of 3 and 7, where `ints`
/// is set; x f32[N,2]
Graph zip_map_graph(bool ints = false);

/// Writes the graph to `path`, making its folder; fails the test when it cannot.
void write_model(const Graph& graph, const std::string& path);

}  // namespace tern::serve

// In which order the nodes of a graph can run.
#pragma once

#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "import/onnx/model_view.h"

namespace tern::onnx {

/// Indices of `nodes` in an order in which each comes after those whose outputs it, or a body of
/// it, uses; the order of the file where that is one already (as the format demands, though not
/// every writer obeys). Fails for a cycle and for a name that two outputs have.
Result<std::vector<std::size_t>> execution_order(std::span<const NodeView> nodes);

/// Every name that the nodes, or bodies of theirs, read.
std::unordered_set<std::string_view> names_read(std::span<const NodeView> nodes);

/// A node that reads values by its attributes too (gradient.cpp).
bool is_gradient(const NodeView& node);

}  // namespace tern::onnx

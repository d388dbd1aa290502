// The Constant operator, which becomes a constant of the graph.
#pragma once

#include "import/onnx/node_draft.h"

namespace tern::onnx {

/// The tensor that the one attribute of a Constant node states: value, sparse_value, value_int,
/// value_ints, value_float, value_floats, value_string or value_strings.
Result<Tensor> constant_value(const NodeDraft::Attributes& attributes);

}  // namespace tern::onnx

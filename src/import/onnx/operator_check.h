// Which operators of a model tern lacks, all at once.
#pragma once

#include "import/onnx/model_view.h"
#include "tern/status.h"

namespace tern::onnx {

/// Fails with kUnimplemented and the list of all operators that tern lacks, each with its domain,
/// its opset and the nodes that use it; with kInvalidArgument for an opset that is missing or not
/// one that tern reads. Bodies and the functions that are called are looked into.
Status check_operators(const ModelView& model);

}  // namespace tern::onnx

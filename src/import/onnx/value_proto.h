// Files that hold one serialized value of a model: a TensorProto, or a SequenceProto or
// OptionalProto where an input or output is a sequence or an optional (onnx-data.proto).
#pragma once

#include <string>

#include "import/onnx/wire_reader.h"
#include "tern/tensor.h"

namespace tern::onnx {

/// `kind` is kSequence, kOptional or kMap for the message of that name; for any other dtype the
/// message is a TensorProto. The value owns its elements. kDataLoss for bytes that are no such
/// message; containers nested deeper than 8 levels are refused.
Result<Tensor> parse_value_proto(Bytes message, DType kind);
Result<Tensor> read_value_proto(const std::string& path, DType kind);

}  // namespace tern::onnx

// Serialized ValueInfoProto messages as TypeInfo.
#pragma once

#include "import/onnx/wire_reader.h"
#include "tern/graph.h"

namespace tern::onnx {

/// The declared type of a value; symbols are interned in `graph`. A negative size, as some
/// exporters write for "any", is an unknown one. No type at all gives an unknown TypeInfo;
/// kUnimplemented for sparse tensors and opaque types.
Result<TypeInfo> decode_value_info(Bytes message, Graph& graph);

}  // namespace tern::onnx

// Tensors and types as messages of the file.
#pragma once

#include <string>
#include <string_view>

#include "proto/onnx.pb.h"
#include "tern/graph.h"
#include "tern/tensor.h"

namespace tern::onnx {

/// Everything but raw_data: that would be copied, and protobuf ends at 2 GiB. Strings are complete.
onnx_pb::TensorProto tensor_header(const Tensor& tensor, std::string_view name);

/// Name, type and shape as far as they are known; symbols keep their names.
onnx_pb::ValueInfoProto value_info(const Graph& graph, const TypeInfo& type, std::string_view name);

}  // namespace tern::onnx

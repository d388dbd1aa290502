// Files that hold one serialized TensorProto, as the test data beside ONNX models is kept
// (input_0.pb, output_0.pb).
#pragma once

#include <string>
#include <string_view>

#include "import/onnx/wire_reader.h"
#include "tern/tensor.h"

namespace tern::onnx {

struct NamedTensor {
  std::string name;  // may be empty
  Tensor tensor;
};

/// The tensor owns its elements. kDataLoss for bytes that are no TensorProto; a tensor whose data
/// lies in another file is refused.
Result<NamedTensor> read_tensor_proto(const std::string& path);
Result<NamedTensor> parse_tensor_proto(Bytes message);

/// Replaces the file in one step. The elements are raw_data, or string_data for strings;
/// kUnimplemented for containers.
Status write_tensor_proto(const std::string& path, const Tensor& tensor,
                          std::string_view name = {});

}  // namespace tern::onnx

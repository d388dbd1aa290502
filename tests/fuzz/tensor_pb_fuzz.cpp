// Single TensorProto messages (input_0.pb beside a model): what was read, written again, reads the
// same.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/check.h"
#include "import/onnx/tensor_proto.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto first = tern::onnx::parse_tensor_proto(std::as_bytes(std::span(data, size)));
  if (!first.ok()) return 0;
  const std::string written = tern::onnx::serialize_tensor_proto(first->tensor, first->name);
  const auto second =
      tern::onnx::parse_tensor_proto(std::as_bytes(std::span(written.data(), written.size())));
  TERN_CHECK(second.ok(), "{}", second.status().message());
  TERN_CHECK(second->name == first->name);
  TERN_CHECK(tern::identical(first->tensor, second->tensor), "{}", first->tensor.to_string());
  return 0;
}

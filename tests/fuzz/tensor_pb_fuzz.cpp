// Single TensorProto messages (input_0.pb beside a model): every element that the result claims to
// have is there, which copying it under the address sanitizer shows.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "import/onnx/tensor_proto.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = tern::onnx::parse_tensor_proto(std::as_bytes(std::span(data, size)));
  if (!parsed.ok()) return 0;
  const auto copy = parsed->tensor.clone();
  TERN_CHECK(copy.ok(), "{}", copy.status().message());
  TERN_CHECK(tern::identical(parsed->tensor, *copy), "{}", parsed->tensor.to_string());
  return 0;
}

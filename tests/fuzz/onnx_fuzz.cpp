// ONNX models from outside: refused with a message, or a graph that the verifier accepts.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "graph/verify.h"
#include "import/onnx/import_onnx.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto graph = tern::onnx::import_onnx(bytes);
  if (!graph.ok()) {
    TERN_CHECK(!graph.status().message().empty());
    return 0;
  }
  const tern::Status verified = tern::verify(*graph);
  TERN_CHECK(verified.ok(), "{}", verified.message());
  return 0;
}

// IDX files from outside: an error with a message, or a tensor that holds just what the file does.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "tern/data_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tensor = tern::parse_idx(std::as_bytes(std::span(data, size)));
  if (!tensor.ok()) {
    TERN_CHECK(!tensor.status().message().empty());
    return 0;
  }
  TERN_CHECK(tensor->bytes() + 4 + 4 * static_cast<std::size_t>(tensor->rank()) == size);
  const auto copy = tensor->clone();
  TERN_CHECK(copy.ok() && tern::identical(*tensor, *copy), "{}", tensor->to_string());
  return 0;
}

// gzip data from outside: an error with a message, or content within the limit; a higher limit
// changes nothing of what fits.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "base/compress.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kLimit = 100'000;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto content = tern::gunzip(bytes, kLimit);
  if (!content.ok()) {
    TERN_CHECK(!content.status().message().empty());
    return 0;
  }
  TERN_CHECK(content->size() <= kLimit);
  const auto exactly = tern::gunzip(bytes, content->size());
  TERN_CHECK(exactly.ok() && *exactly == *content);
  return 0;
}

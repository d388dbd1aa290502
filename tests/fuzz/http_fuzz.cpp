// HTTP requests and responses: whatever the bytes, and however they are cut, the parsers end in a
// defined stage, keep to their limits, and find the same message in one piece as in many.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "net/address.h"
#include "net/request_parser.h"
#include "net/response_parser.h"

namespace {

using tern::net::ParseStage;

constexpr tern::net::RequestParser::Limits kLimits{.header_bytes = 512, .body_bytes = 256};

template <class Parser>
void feed(Parser& parser, std::string_view bytes, std::size_t piece) {
  std::string waiting;
  while (!bytes.empty()) {
    const std::string_view next = bytes.substr(0, piece);
    bytes.remove_prefix(next.size());
    waiting += next;
    const std::size_t taken = parser.feed(waiting);
    TERN_CHECK(taken <= waiting.size());
    waiting.erase(0, taken);
  }
}

void check_request(std::string_view bytes, std::size_t piece) {
  tern::net::RequestParser whole(kLimits), pieces(kLimits);
  feed(whole, bytes, bytes.size());
  feed(pieces, bytes, piece);
  if (whole.stage() == ParseStage::kFailed) {
    TERN_CHECK(whole.failure().status >= 400 && !whole.failure().message.empty());
  }
  if (whole.stage() != ParseStage::kComplete) return;
  // One byte at a time a flaw may be seen only when the limit is reached, but never the reverse.
  TERN_CHECK(pieces.stage() == ParseStage::kComplete);
  const auto a = whole.take(), b = pieces.take();
  TERN_CHECK(a.target == b.target && a.body == b.body && a.headers.size() == b.headers.size());
  TERN_CHECK(a.body.size() <= kLimits.body_bytes);
  TERN_CHECK(a.body.empty() ||
             a.body.capacity() >= a.body.size() + tern::net::HttpRequest::kBodyPadding);
}

void check_response(std::string_view bytes, std::size_t piece) {
  tern::net::ResponseParser parser(256, false);
  feed(parser, bytes, piece);
  parser.end();
  if (parser.stage() == ParseStage::kFailed) {
    TERN_CHECK(!parser.failure().ok());
  } else {
    TERN_CHECK(parser.stage() == ParseStage::kComplete);
    TERN_CHECK(parser.take().body.size() <= 256);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = 1 + data[0] % 32;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_request(bytes, piece);
  check_response(bytes, piece);
  (void)tern::net::parse_url(bytes);
  (void)tern::net::parse_host_port(bytes);
  return 0;
}

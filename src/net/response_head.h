// The bytes of a response before its body.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "net/http_message.h"

namespace tern::net {

struct ResponseHeadOptions {
  bool keep_alive = true;
  bool http11 = true;     ///< what the request spoke
  std::string_view date;  ///< the value of the Date field
};

/// Status line and header fields of `response`, with Content-Length, Connection and Date.
std::string response_head(const HttpResponse& response, const ResponseHeadOptions& options);

/// False for the statuses whose responses end with their head (RFC 9110, 6.4.1).
bool status_allows_body(int status);

/// `time` as "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
std::string http_date(std::time_t time);

}  // namespace tern::net

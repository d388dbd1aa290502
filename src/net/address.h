// "HOST:PORT" and "http://HOST:PORT/path": splitting them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tern/status.h"

namespace tern::net {

struct HostPort {
  std::string host;  ///< without the brackets of an IPv6 address
  std::uint16_t port = 0;
};

/// "localhost:8000", "127.0.0.1:0", "[::1]:8000". Fails with the text and what is wrong with it.
Result<HostPort> parse_host_port(std::string_view text);
/// The inverse; IPv6 addresses get their brackets.
std::string to_string(const HostPort& address);

/// Whether "HOST:PORT", HOST being a number, is this machine's own: 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view address);

struct Url {
  bool tls = false;
  HostPort address;    ///< port 80 or 443 unless given
  std::string target;  ///< path and query, "/" at least, without the fragment
};

/// "http://host[:port][/path][?query]" and https. User names and passwords in URLs are refused.
Result<Url> parse_url(std::string_view text);

}  // namespace tern::net

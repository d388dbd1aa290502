#include "net/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/errors.h"
#include "net/http_message.h"

namespace tern::net {
namespace {

Result<std::uint16_t> parse_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || port > 65535) {
    return invalid_argument("port \"{}\" is not a number from 0 to 65535", text);
  }
  return static_cast<std::uint16_t>(port);
}

struct Pieces {
  std::string_view host;
  std::string_view port;  // empty when there was no colon
  bool has_port;
};

Result<Pieces> split_host_port(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return invalid_argument("a '[' without its ']'");
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest[0] != ':') return invalid_argument("\"{}\" after ']'", rest);
    return Pieces{text.substr(1, close - 1), rest.empty() ? rest : rest.substr(1), !rest.empty()};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return Pieces{text, {}, false};
  if (text.find(':', colon + 1) != std::string_view::npos) {
    return invalid_argument("an IPv6 address needs brackets: [::1]:8000");
  }
  return Pieces{text.substr(0, colon), text.substr(colon + 1), true};
}

Result<HostPort> parse_with_default(std::string_view text, int default_port) {
  TERN_ASSIGN_OR_RETURN(const Pieces pieces, split_host_port(text));
  if (pieces.host.empty()) return invalid_argument("the host is missing");
  if (!pieces.has_port && default_port < 0) return invalid_argument("the port is missing");
  HostPort address{std::string(pieces.host), static_cast<std::uint16_t>(default_port)};
  if (pieces.has_port) {
    TERN_ASSIGN_OR_RETURN(address.port, parse_port(pieces.port));
  }
  return address;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!equals_ignoring_case(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_visible(char c) { return c > 0x20 && c != 0x7F; }

}  // namespace

Result<HostPort> parse_host_port(std::string_view text) {
  auto address = parse_with_default(text, -1);
  if (address.ok()) return address;
  return std::move(address).status().with_context(fmt::format("address \"{}\"", text));
}

std::string to_string(const HostPort& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return ipv6 ? fmt::format("[{}]:{}", address.host, address.port)
              : fmt::format("{}:{}", address.host, address.port);
}

Result<Url> parse_url(std::string_view text) {
  const auto failure = [&](Status s) {
    return std::move(s).with_context(fmt::format("URL \"{}\"", text));
  };
  std::string_view rest = text;
  Url url;
  if (take_prefix(rest, "https://")) {
    url.tls = true;
  } else if (!take_prefix(rest, "http://")) {
    return failure(invalid_argument("does not begin with http:// or https://"));
  }
  if (!std::all_of(rest.begin(), rest.end(), is_visible)) {
    return failure(invalid_argument("holds a character that must be written as %XX"));
  }
  rest = rest.substr(0, rest.find('#'));
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  if (authority.find('@') != std::string_view::npos) {
    return failure(invalid_argument("user names in URLs are not supported"));
  }
  auto address = parse_with_default(authority, url.tls ? 443 : 80);
  if (!address.ok()) return failure(std::move(address).status());
  url.address = std::move(*address);
  url.target = rest.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(url.target.begin(), '/');
  return url;
}

bool is_loopback(std::string_view address) {
  const Result<HostPort> parts = parse_host_port(address);
  if (!parts.ok()) return false;
  std::string_view host = parts->host;
  constexpr std::string_view kMapped = "::ffff:";  // IPv4 on a socket of IPv6
  if (host.starts_with(kMapped)) host.remove_prefix(kMapped.size());
  return host == "::1" || (host.starts_with("127.") &&
                           host.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace tern::net

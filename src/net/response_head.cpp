#include "net/response_head.h"

#include <fmt/format.h>

#include <iterator>

namespace tern::net {
namespace {

// A control character would end the field early and let its value write fields of its own.
void append_field_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += (byte < 0x20 && c != '\t') || byte == 0x7F ? ' ' : c;
  }
}

bool written_by_the_server(std::string_view name) {
  return equals_ignoring_case(name, "Content-Length") || equals_ignoring_case(name, "Connection") ||
         equals_ignoring_case(name, "Transfer-Encoding") || equals_ignoring_case(name, "Date");
}

}  // namespace

bool status_allows_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::string http_date(std::time_t time) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm t{};
  gmtime_r(&time, &t);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[t.tm_wday], t.tm_mday,
                     kMonths[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

std::string response_head(const HttpResponse& response, const ResponseHeadOptions& options) {
  std::string head;
  head.reserve(256);
  auto out = std::back_inserter(head);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                 reason_phrase(response.status), options.date);
  for (std::size_t i = 0; i < response.headers.size(); ++i) {
    const HttpHeaders::Field field = response.headers[i];
    if (written_by_the_server(field.name)) continue;
    append_field_text(head, field.name);
    head += ": ";
    append_field_text(head, field.value);
    head += "\r\n";
  }
  if (status_allows_body(response.status)) {
    fmt::format_to(out, "Content-Length: {}\r\n", response.body_bytes());
  }
  if (!options.keep_alive) {
    head += "Connection: close\r\n";
  } else if (!options.http11) {
    head += "Connection: keep-alive\r\n";
  }
  head += "\r\n";
  return head;
}

}  // namespace tern::net

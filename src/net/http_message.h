// What a request and a response are, without sockets: header fields, HttpRequest, HttpResponse.
//
//   HttpResponse r;
//   r.headers.set("content-type", "application/json");
//   r.body = R"({"ready":true})";
//
// Plain values: copy and move them between threads, do not mutate one object from two threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tern::net {

/// True when `a` and `b` are equal but for the case of ASCII letters.
bool equals_ignoring_case(std::string_view a, std::string_view b);

/// Header fields in the order in which they were added. Names compare without regard to case.
class HttpHeaders {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<Field> fields);

  /// Appends a field; one of the same name may exist already.
  void add(std::string_view name, std::string_view value);
  /// Replaces every field called `name` by this one.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  void clear();

  /// The value of the first field called `name`. Views stay valid until the next change.
  std::optional<std::string_view> find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name).has_value(); }
  /// True when a field called `name` lists `token` between commas, as in "Connection: close, te".
  bool lists(std::string_view name, std::string_view token) const;

  std::size_t size() const { return fields_.size(); }
  bool empty() const { return fields_.empty(); }
  /// The field at `index` < size().
  Field operator[](std::size_t index) const;

 private:
  struct Range {
    std::uint32_t begin;
    std::uint32_t name_bytes;
    std::uint32_t value_bytes;
  };
  std::string text_;  // names and values of all fields, one allocation for them together
  std::vector<Range> fields_;
};

/// One request, complete with its body.
struct HttpRequest {
  std::string method;  ///< as sent: "GET", "POST", ...
  std::string target;  ///< as sent: "/v2/models/a%20b/infer?trace=1"
  std::string path;    ///< the target before '?', still percent-encoded; begins with '/', or is "*"
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in the order sent
  HttpHeaders headers;
  /// Unless empty, has kBodyPadding bytes of spare capacity, so that a parser may read past the
  /// end.
  std::string body;
  std::string remote_address;  ///< "192.0.2.1:51234" or "[2001:db8::1]:51234"
  /// Stop is requested when the client has gone away, or the server ends its grace period.
  /// Callbacks run on an I/O thread and must be short.
  std::stop_token client_left;

  static constexpr std::size_t kBodyPadding = 64;

  bool cancelled() const { return client_left.stop_requested(); }
  /// The value of the first query parameter called `name`.
  std::optional<std::string_view> query_value(std::string_view name) const;
};

/// A piece of a response body that is sent from where it lies.
struct HttpBodyPart {
  std::string_view bytes;
  std::shared_ptr<const void> owner;  ///< kept until the bytes are sent; null for static storage
};

/// One response: `body`, then each of `parts`. Content-Length, Connection and Date are written by
/// the server and must not be set. Control characters in header values are sent as spaces.
struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
  std::vector<HttpBodyPart> parts;

  std::size_t body_bytes() const;
};

/// A response with the body {"error":"<message>"}.
HttpResponse error_response(int status, std::string_view message);

/// "Not Found" for 404; "Status" for a number that has no standard phrase.
std::string_view reason_phrase(int status);

}  // namespace tern::net

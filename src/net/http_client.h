// HttpClient: a blocking HTTP/1.1 client on one connection, kept open between requests.
//
//   TERN_ASSIGN_OR_RETURN(auto client, HttpClient::create("http://127.0.0.1:8000"));
//   TERN_ASSIGN_OR_RETURN(HttpResponse r, client->get("/v2/health/ready"));
//
// A response of any status is a success here; failures are those of connection, time and size.
// One object serves one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "net/http_message.h"
#include "tern/status.h"

namespace tern::net {

struct ClientTls {
  bool verify = true;   ///< that the certificate is valid and for the host asked for
  std::string ca_file;  ///< PEM of trusted authorities; the system's when empty
};

struct HttpClientOptions {
  /// For connecting and the TLS handshake; looking up a name takes as long as the system lets it.
  std::chrono::milliseconds connect_timeout{10'000};
  /// For one request and its response, connecting not included.
  std::chrono::milliseconds timeout{60'000};
  std::size_t max_response_bytes = std::size_t{1} << 30;
  ClientTls tls;
};

class HttpClient {
 public:
  /// `url` is "http://host[:port]" or https; a path in it is not used. Connects with the first
  /// request.
  static Result<std::unique_ptr<HttpClient>> create(std::string_view url,
                                                    HttpClientOptions options = {});
  ~HttpClient();

  /// Sends a request and waits for the whole response. Host and Content-Length are added; `target`
  /// is sent as it is, so percent-encode what needs it. A connection that the server has closed
  /// since the last request is opened anew first. kUnavailable: not reachable, or the connection
  /// broke; kDeadlineExceeded: a timeout; kResourceExhausted: larger than max_response_bytes;
  /// kDataLoss: the answer is not HTTP. After a failure the next request connects anew.
  Result<HttpResponse> request(std::string_view method, std::string_view target,
                               const HttpHeaders& headers = {}, std::string_view body = {});
  Result<HttpResponse> get(std::string_view target) { return request("GET", target); }
  Result<HttpResponse> post(std::string_view target, std::string_view body,
                            std::string_view content_type = "application/json") {
    return request("POST", target, {{"Content-Type", content_type}}, body);
  }

  /// Whether a connection is open now.
  bool connected() const;

 private:
  class Impl;
  explicit HttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// One GET on a connection of its own. Redirects are returned, not followed.
Result<HttpResponse> http_get(std::string_view url, const HttpClientOptions& options = {});

}  // namespace tern::net

// HttpServer: an HTTP/1.1 server on its own I/O threads. It knows bytes, limits and timeouts and
// nothing of what it serves.
//
//   auto server = HttpServer::start(
//       {.addresses = {"127.0.0.1:0"}},
//       [](HttpRequest r, HttpReply reply) { reply.send({.body = "hello " + r.path}); });
//   if (!server.ok()) return server.status();
//   std::puts((*server)->addresses()[0].c_str());
//   (void)(*server)->stop(std::chrono::seconds(5));
//
// Requests that are malformed, too large or too slow are answered by the server itself, with the
// body {"error":"..."}, and never reach the handler. All methods may be called from any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/http_message.h"
#include "tern/status.h"

namespace tern::net {

/// Where a reply goes. Connections implement it; tests of handlers may too.
class ReplySink {
 public:
  /// Called once per exchange, from any thread.
  virtual void reply(std::uint64_t exchange, HttpResponse response) = 0;

 protected:
  ~ReplySink() = default;
};

/// The right to answer one request, once, now or later, from any thread. Destroyed unused, it
/// answers 500. An answer to a client that has left goes nowhere.
class HttpReply {
 public:
  HttpReply(std::shared_ptr<ReplySink> sink, std::uint64_t exchange)
      : sink_(std::move(sink)), exchange_(exchange) {}
  HttpReply(HttpReply&&) noexcept = default;
  HttpReply& operator=(HttpReply&& other) noexcept;
  ~HttpReply();

  /// Later calls do nothing.
  void send(HttpResponse response);
  /// False once sent or moved from.
  bool pending() const { return sink_ != nullptr; }

 private:
  std::shared_ptr<ReplySink> sink_;
  std::uint64_t exchange_;
};

/// Called on an I/O thread, from several of them at once. It must return soon: work that takes
/// longer than a fraction of a millisecond belongs on another thread, with the reply moved there.
/// A handler that throws is answered with 500.
using HttpHandler = std::function<void(HttpRequest request, HttpReply reply)>;

/// PEM files.
struct TlsFiles {
  std::string certificate_file;  ///< the server's certificate, then its intermediates
  std::string key_file;
};

struct HttpServerOptions {
  /// "HOST:PORT" each; HOST is an address, a name, or [IPv6]; port 0 takes a free one. An IPv6
  /// address listens for IPv6 only, so that "0.0.0.0:80" and "[::]:80" can stand side by side.
  std::vector<std::string> addresses = {"127.0.0.1:0"};
  int io_threads = 1;
  std::size_t max_connections = 10'000;  ///< one more is answered 503 and closed
  std::size_t max_header_bytes = 32 << 10;
  std::size_t max_body_bytes = 64 << 20;
  /// From the first byte of a request to the end of its header fields; also for a TLS handshake and
  /// for the first byte on a new connection. Then 408.
  std::chrono::milliseconds header_timeout{10'000};
  /// For each 64 KiB of a body (or what is left of it). Then 408.
  std::chrono::milliseconds body_timeout{30'000};
  /// Between two requests. Then the connection is closed without a word.
  std::chrono::milliseconds idle_timeout{75'000};
  /// Without the client taking any byte of a response. Then the connection is closed.
  std::chrono::milliseconds write_timeout{30'000};
  std::optional<TlsFiles> tls;
};

/// Counters since start, each exact, together not a snapshot.
struct HttpServerStats {
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;  ///< over max_connections
  std::uint64_t connections_open = 0;
  std::uint64_t requests = 0;            ///< that reached the handler
  std::uint64_t requests_in_flight = 0;  ///< at the handler, not answered yet
  std::uint64_t requests_refused = 0;    ///< malformed, too large, too slow
};

class HttpServer {
 public:
  /// Binds every address and begins to serve. kInvalidArgument for options that make no sense and
  /// for unreadable TLS files, kAlreadyExists for an address in use, otherwise the system's error.
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, HttpHandler handler);
  /// Stops with no grace if stop() was not called.
  ~HttpServer();

  /// The bound addresses in the order of the options, with real port numbers.
  const std::vector<std::string>& addresses() const;
  HttpServerStats stats() const;

  /// Stops accepting, lets requests that have begun to arrive finish for at most `grace`, closes
  /// idle connections, then everything. Requests still unanswered then are cancelled (client_left)
  /// and their connections closed: kDeadlineExceeded says how many. Returns when no I/O thread
  /// runs. Must not be called from a handler. A second call waits for the first and returns ok.
  Status stop(std::chrono::milliseconds grace);

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::net

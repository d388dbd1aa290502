// ServerState: what the connections of one HttpServer share.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "base/mutex.h"
#include "net/http_server.h"
#include "net/request_parser.h"
#include "net/tls.h"

namespace tern::net {

/// The options, the handler and the TLS context never change; the rest may be used by any thread.
class ServerState {
 public:
  using Clock = std::chrono::steady_clock;

  ServerState(HttpServerOptions options, HttpHandler handler,
              std::shared_ptr<const TlsContext> tls);

  const HttpServerOptions options;
  const RequestParser::Limits limits;
  const HttpHandler handler;
  const std::shared_ptr<const TlsContext> tls;  // null: plain TCP

  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> requests_in_flight{0};
  std::atomic<std::uint64_t> requests_refused{0};
  /// Set once, before the listeners close: responses from then on end their connection.
  std::atomic<bool> draining{false};

  /// Counts a new connection and returns how many are open with it.
  std::uint64_t connection_opened();
  void connection_closed();
  std::uint64_t open_connections() const { return open_.load(std::memory_order_relaxed); }
  /// False when connections are still open at `deadline`.
  bool wait_until_all_closed(Clock::time_point deadline);

 private:
  std::atomic<std::uint64_t> open_{0};
  Mutex mu_;
  CondVar none_open_;
};

}  // namespace tern::net

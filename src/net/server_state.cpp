#include "net/server_state.h"

namespace tern::net {

ServerState::ServerState(HttpServerOptions server_options, HttpHandler request_handler,
                         std::shared_ptr<const TlsContext> tls_context)
    : options(std::move(server_options)),
      limits{.header_bytes = options.max_header_bytes, .body_bytes = options.max_body_bytes},
      handler(std::move(request_handler)),
      tls(std::move(tls_context)) {}

std::uint64_t ServerState::connection_opened() {
  return open_.fetch_add(1, std::memory_order_relaxed) + 1;
}

void ServerState::connection_closed() {
  if (open_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  const MutexLock lock(mu_);  // so that a waiter is either before its test or asleep
  none_open_.notify_all();
}

bool ServerState::wait_until_all_closed(Clock::time_point deadline) {
  const MutexLock lock(mu_);
  while (open_.load(std::memory_order_acquire) > 0) {
    if (!none_open_.wait_until(mu_, deadline) && open_.load(std::memory_order_acquire) > 0) {
      return false;
    }
  }
  return true;
}

}  // namespace tern::net

#include "net/http_server.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <future>
#include <utility>

#include "base/errors.h"
#include "net/io_thread.h"
#include "net/listener.h"
#include "net/server_state.h"
#include "net/session.h"
#include "net/tls.h"

namespace tern::net {
namespace {

// Connections over the limit that are being told so; beyond these, they are closed without a word.
constexpr std::uint64_t kRefusalsAtOnce = 128;
constexpr int kMaxIoThreads = 256;
constexpr std::chrono::hours kLongestGrace{24};  // keeps deadlines far from overflow

Status validate(const HttpServerOptions& o) {
  if (o.addresses.empty()) return invalid_argument("no address to listen on");
  if (o.io_threads < 1 || o.io_threads > kMaxIoThreads) {
    return invalid_argument("io_threads is {}, not from 1 to {}", o.io_threads, kMaxIoThreads);
  }
  if (o.max_connections < 1) return invalid_argument("max_connections is 0");
  if (o.max_header_bytes < 256 || o.max_header_bytes > (16 << 20)) {
    return invalid_argument("max_header_bytes is {}, not from 256 to 16 MiB", o.max_header_bytes);
  }
  for (const auto timeout : {o.header_timeout, o.body_timeout, o.idle_timeout, o.write_timeout}) {
    if (timeout.count() < 1) return invalid_argument("a timeout is {} ms", timeout.count());
  }
  return {};
}

// Fine enough that no timeout is late by more than a quarter, and never a burden.
std::chrono::milliseconds tick_for(const HttpServerOptions& o) {
  const auto shortest =
      std::min({o.header_timeout, o.body_timeout, o.idle_timeout, o.write_timeout});
  return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
}

// Runs `work` on the thread of `io` and waits until it has run.
template <class Work>
void run_on(IoThread& io, Work work) {
  std::promise<void> done;
  boost::asio::post(io.context(), [&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace

HttpReply& HttpReply::operator=(HttpReply&& other) noexcept {
  if (this != &other) {
    HttpReply replaced(std::move(*this));  // answers 500 if it was pending
    sink_ = std::move(other.sink_);
    exchange_ = other.exchange_;
  }
  return *this;
}

HttpReply::~HttpReply() {
  if (sink_) send(error_response(500, "the request was dropped without an answer"));
}

void HttpReply::send(HttpResponse response) {
  if (const auto sink = std::exchange(sink_, nullptr)) sink->reply(exchange_, std::move(response));
}

class HttpServer::Impl {
 public:
  Impl(HttpServerOptions options, HttpHandler handler, std::shared_ptr<const TlsContext> tls)
      : state_(std::move(options), std::move(handler), std::move(tls)) {
    for (int i = 0; i < state_.options.io_threads; ++i) {
      io_.push_back(std::make_unique<IoThread>(tick_for(state_.options)));
    }
  }

  ~Impl() { (void)stop(std::chrono::milliseconds(0)); }

  Status listen() {
    for (const std::string& text : state_.options.addresses) {
      TERN_ASSIGN_OR_RETURN(const HostPort address, parse_host_port(text));
      TERN_ASSIGN_OR_RETURN(auto listener, Listener::bind(acceptor_thread().context(), address));
      addresses_.push_back(listener->address());
      listeners_.push_back(std::move(listener));
    }
    run_on(acceptor_thread(), [this] {
      for (const auto& listener : listeners_) {
        listener->start(
            [this]() -> auto& { return next_io().context(); },
            [this](Tcp::socket socket, const Tcp::endpoint& peer) {
              connect(std::move(socket), peer);
            });
      }
    });
    return {};
  }

  const std::vector<std::string>& addresses() const { return addresses_; }

  HttpServerStats stats() const {
    return {.connections_accepted = state_.accepted,
            .connections_refused = state_.refused,
            .connections_open = state_.open_connections(),
            .requests = state_.requests,
            .requests_in_flight = state_.requests_in_flight,
            .requests_refused = state_.requests_refused};
  }

  Status stop(std::chrono::milliseconds grace) {
    for (const auto& io : io_) {
      if (io->is_current()) return failed_precondition("stop() was called from an HTTP handler");
    }
    const MutexLock lock(stop_mu_);
    if (stopped_) return {};
    stopped_ = true;
    return drain_and_join(grace);
  }

 private:
  IoThread& acceptor_thread() { return *io_.front(); }

  // The context has been chosen when a connection arrives, by the address of its socket's executor;
  // both steps run on the acceptor's thread.
  IoThread& next_io() {
    turn_ = (turn_ + 1) % io_.size();
    return *io_[turn_];
  }

  IoThread& io_of(Tcp::socket& socket) {
    const auto& context = socket.get_executor().context();
    const auto found = std::find_if(io_.begin(), io_.end(),
                                    [&](const auto& io) { return &io->context() == &context; });
    return **found;
  }

  void connect(Tcp::socket socket, const Tcp::endpoint& peer) {
    state_.accepted.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t open = state_.connection_opened();
    const bool refused = open > state_.options.max_connections;
    if (refused) {
      state_.refused.fetch_add(1, std::memory_order_relaxed);
      if (state_.tls || open > state_.options.max_connections + kRefusalsAtOnce) {
        return state_.connection_closed();
      }
    }
    error_code ignored;
    socket.set_option(Tcp::no_delay(true), ignored);
    IoThread& io = io_of(socket);
    auto transport = state_.tls ? state_.tls->accept(std::move(socket))
                                : make_plain_transport(std::move(socket));
    auto session = std::make_shared<Session>(state_, io, std::move(transport), to_string(peer));
    boost::asio::post(io.context(), [session = std::move(session), refused] {
      refused ? session->start_refused() : session->start();
    });
  }

  Status drain_and_join(std::chrono::milliseconds grace) {
    const auto deadline =
        ServerState::Clock::now() + std::min<std::chrono::milliseconds>(grace, kLongestGrace);
    run_on(acceptor_thread(), [this] {
      state_.draining = true;
      for (const auto& listener : listeners_) listener->close();
    });
    run_on(acceptor_thread(), [] {});  // behind the last connection that was accepted
    for (const auto& io : io_) {
      boost::asio::post(io->context(), [thread = io.get()] { thread->drain(); });
    }
    std::uint64_t cut_off = 0;
    if (!state_.wait_until_all_closed(deadline)) {
      cut_off = state_.requests_in_flight;
      for (const auto& io : io_) {
        boost::asio::post(io->context(), [thread = io.get()] { thread->abort(); });
      }
    }
    for (const auto& io : io_) io->join();
    if (cut_off == 0) return {};
    return deadline_exceeded("{} requests were cut off after {} ms of grace", cut_off,
                             grace.count());
  }

  ServerState state_;
  std::vector<std::unique_ptr<IoThread>> io_;
  std::vector<std::unique_ptr<Listener>> listeners_;  // destroyed before the contexts they use
  std::vector<std::string> addresses_;
  std::size_t turn_ = 0;
  Mutex stop_mu_;
  bool stopped_ TERN_GUARDED_BY(stop_mu_) = false;
};

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options,
                                                      HttpHandler handler) {
  try {
    TERN_TRY(validate(options));
    if (!handler) return invalid_argument("no HTTP handler");
    std::shared_ptr<const TlsContext> tls;
    if (options.tls) {
      TERN_ASSIGN_OR_RETURN(tls, make_server_tls(*options.tls));
    }
    auto impl = std::make_unique<Impl>(std::move(options), std::move(handler), std::move(tls));
    TERN_TRY(impl->listen());
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
  } catch (const std::exception& e) {  // no more threads or descriptors
    return resource_exhausted("HTTP server: {}", e.what());
  }
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

const std::vector<std::string>& HttpServer::addresses() const { return impl_->addresses(); }
HttpServerStats HttpServer::stats() const { return impl_->stats(); }
Status HttpServer::stop(std::chrono::milliseconds grace) { return impl_->stop(grace); }

}  // namespace tern::net

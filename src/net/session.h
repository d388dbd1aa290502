// Session: one HTTP/1.1 connection, from its first byte to its close.
//
// It takes one request at a time: reads it, gives it to the handler, sends the reply, takes the
// next. What arrives meanwhile (pipelined requests) waits in the input buffer, up to its size; a
// read stays under way so that a client that leaves is noticed. Lives on one I/O thread; reply()
// alone may be called from elsewhere.
//
//     handshake -> receiving -> handling -> sending -> receiving ...
//                      |  (refused)            |
//                      +--------------------> closing -> closed
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "net/input_buffer.h"
#include "net/io_thread.h"
#include "net/request_parser.h"
#include "net/server_state.h"
#include "net/transport.h"

namespace tern::net {

class Session final : public TransportEvents,
                      public ReplySink,
                      public std::enable_shared_from_this<Session> {
 public:
  using Clock = IoThread::Clock;

  /// `state` and `io` must live until the session is closed.
  Session(ServerState& state, IoThread& io, std::unique_ptr<Transport> transport,
          std::string remote_address);

  /// Begins to serve.
  void start();
  /// Answers 503 at once and closes: the server has too many connections.
  void start_refused();
  /// The server is going away: closes when idle, after the present request otherwise.
  void drain();
  /// Closes now. A request at the handler is cancelled.
  void abort();

  Clock::time_point deadline() const { return deadline_; }
  void on_deadline();

  std::size_t list_index() const { return list_index_; }
  void set_list_index(std::size_t index) { list_index_ = index; }

  void reply(std::uint64_t exchange, HttpResponse response) override;

 private:
  enum class Phase : std::uint8_t {
    kHandshake,
    kReceiving,
    kHandling,
    kSending,
    kClosing,
    kClosed
  };

  void on_handshake(error_code error) override;
  void on_read(error_code error, std::size_t bytes) override;
  void on_written(error_code error, std::size_t bytes) override;
  void on_shutdown() override;

  // Every event calls this first; true when the session is closed and the event must do nothing.
  bool operation_ended();
  void start_read();
  void input_ended(error_code error);

  void receive();
  void after_feeding(bool was_started, ParseStage stage_before);
  void send_continue();
  void refuse(int status, std::string_view message);
  void dispatch();
  void complete(std::uint64_t exchange, HttpResponse response);

  void begin_response(HttpResponse response);
  void write_response();
  void write_more();
  void response_sent();
  void next_request();

  void close_gracefully(bool linger);
  void shut_down();
  void discard_input();
  void close_gate();
  void release();

  bool idle() const { return !parser_.started() && input_.empty(); }
  bool draining() const { return state_.draining.load(std::memory_order_relaxed); }
  void expire_in(Clock::duration timeout) { deadline_ = Clock::now() + timeout; }

  ServerState& state_;
  IoThread& io_;
  std::unique_ptr<Transport> transport_;
  const std::string remote_address_;
  std::size_t list_index_ = 0;

  Phase phase_ = Phase::kHandshake;
  Clock::time_point deadline_ = Clock::time_point::max();
  int operations_ = 0;  // of the transport, under way
  bool reading_ = false;
  bool writing_ = false;
  bool input_ended_ = false;

  InputBuffer input_;
  RequestParser parser_;
  bool reading_into_body_ = false;  // the read under way fills parser_.body_space(), not input_
  bool continue_sent_ = false;
  std::uint64_t body_mark_ = 0;  // body bytes at the last extension of the deadline
  std::uint64_t served_ = 0;

  std::uint64_t exchange_ = 0;  // number of the request at the handler
  std::stop_source client_left_{std::nostopstate};
  bool keep_alive_ = true;
  bool http11_ = true;
  bool head_only_ = false;
  bool linger_ = false;
  bool shut_down_ = false;

  HttpResponse response_;
  bool response_waiting_ = false;  // for the end of an interim response
  std::string head_;
  std::vector<asio::const_buffer> unsent_;
  std::size_t first_unsent_ = 0;

  Mutex gate_mu_;
  // While open, the I/O thread runs and reply() may post to it. Closed on the I/O thread.
  bool gate_open_ TERN_GUARDED_BY(gate_mu_) = true;
};

}  // namespace tern::net

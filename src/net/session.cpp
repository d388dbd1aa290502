#include "net/session.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "base/log.h"
#include "net/response_head.h"

namespace tern::net {
namespace {

constexpr std::size_t kReadBytes = 8 << 10;
// Bodies up to this size are sent in one buffer with the head: one TLS record, one packet.
constexpr std::size_t kJoinedBodyBytes = 16 << 10;
constexpr std::uint64_t kBodyProgressBytes = 64 << 10;
// How long a closing connection waits for the peer, so that the peer reads our last response
// before its own unread bytes make the kernel reset the connection.
constexpr std::chrono::seconds kLingerTime{2};
// A client that has connected but sent nothing when the server stops gets this long to send.
constexpr std::chrono::milliseconds kNewConnectionGrace{1000};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Session::Session(ServerState& state, IoThread& io, std::unique_ptr<Transport> transport,
                 std::string remote_address)
    : state_(state),
      io_(io),
      transport_(std::move(transport)),
      remote_address_(std::move(remote_address)),
      parser_(state.limits) {}

void Session::start() {
  io_.add(shared_from_this());
  expire_in(state_.options.header_timeout);
  ++operations_;
  transport_->handshake(shared_from_this());
}

void Session::start_refused() {
  io_.add(shared_from_this());
  keep_alive_ = false;
  linger_ = true;
  begin_response(error_response(503, "too many connections"));
}

void Session::drain() {
  if (phase_ != Phase::kReceiving || !idle() || transport_->available() > 0) return;
  if (served_ > 0) return close_gracefully(false);
  deadline_ = std::min(deadline_, Clock::now() + kNewConnectionGrace);
}

void Session::abort() {
  if (phase_ == Phase::kClosed) return;
  const bool handling = phase_ == Phase::kHandling;
  phase_ = Phase::kClosed;
  close_gate();
  if (handling) {
    state_.requests_in_flight.fetch_sub(1, std::memory_order_relaxed);
    client_left_.request_stop();
  }
  transport_->close();
  if (operations_ == 0) release();
}

void Session::on_deadline() {
  switch (phase_) {
    case Phase::kReceiving:
      if (idle()) {
        // A thread that is late itself may not have read yet what came in time.
        if (transport_->available() > 0) return expire_in(state_.options.header_timeout);
        return close_gracefully(false);
      }
      return refuse(408, parser_.stage() == ParseStage::kBody
                             ? "the request body did not arrive in time"
                             : "the request head did not arrive in time");
    case Phase::kHandling:
    case Phase::kClosed: return;
    case Phase::kHandshake:
    case Phase::kSending:
    case Phase::kClosing: return abort();
  }
}

bool Session::operation_ended() {
  --operations_;
  if (phase_ != Phase::kClosed) return false;
  if (operations_ == 0) release();
  return true;
}

void Session::release() {
  transport_.reset();
  io_.remove(*this);
  state_.connection_closed();
}

void Session::on_handshake(error_code error) {
  if (operation_ended()) return;
  if (error) return abort();
  phase_ = Phase::kReceiving;
  if (draining()) drain();
  start_read();
}

// ---- receiving

void Session::start_read() {
  if (reading_ || phase_ > Phase::kSending) return;
  if (input_ended_) {
    if (phase_ == Phase::kReceiving) close_gracefully(false);
    return;
  }
  std::span<char> space;
  if (phase_ == Phase::kReceiving && input_.empty()) space = parser_.body_space();
  reading_into_body_ = !space.empty();
  if (!reading_into_body_) {
    if (phase_ != Phase::kReceiving && input_.size() >= kReadBytes) return;
    space = input_.prepare(kReadBytes);
  }
  reading_ = true;
  ++operations_;
  transport_->read_some(space, shared_from_this());
}

void Session::on_read(error_code error, std::size_t bytes) {
  reading_ = false;
  if (operation_ended()) return;
  if (phase_ == Phase::kClosing) {
    if (!shut_down_) return shut_down();
    return error ? abort() : discard_input();
  }
  if (error) return input_ended(error);
  if (!reading_into_body_) {
    input_.commit(bytes);
    return phase_ == Phase::kReceiving ? receive() : start_read();
  }
  if (phase_ != Phase::kReceiving) return;  // refused meanwhile
  parser_.body_filled(bytes);
  after_feeding(true, ParseStage::kBody);
}

void Session::input_ended(error_code error) {
  input_ended_ = true;
  if (error != asio::error::eof) return abort();
  if (phase_ == Phase::kHandling) client_left_.request_stop();
  if (phase_ == Phase::kReceiving) close_gracefully(false);
}

void Session::receive() {
  const bool was_started = parser_.started();
  const ParseStage stage_before = parser_.stage();
  input_.consume(parser_.feed(input_.view()));
  after_feeding(was_started, stage_before);
}

void Session::after_feeding(bool was_started, ParseStage stage_before) {
  const ParseStage stage = parser_.stage();
  if (stage == ParseStage::kFailed) {
    const RequestParser::Failure failure = parser_.failure();
    return refuse(failure.status, failure.message);
  }
  if (stage == ParseStage::kComplete) return dispatch();
  if (stage == ParseStage::kBody) {
    const std::uint64_t received = parser_.body_received();
    if (stage_before == ParseStage::kHead || received - body_mark_ >= kBodyProgressBytes) {
      body_mark_ = received;
      expire_in(state_.options.body_timeout);
    }
    send_continue();
  } else if (parser_.started() && !was_started) {
    expire_in(state_.options.header_timeout);
  }
  start_read();
}

void Session::send_continue() {
  if (continue_sent_ || !parser_.expects_continue() || parser_.body_received() > 0) return;
  if (!input_.empty()) return;  // the body is on its way without it
  continue_sent_ = true;
  unsent_.assign(1, asio::buffer(kContinue));
  first_unsent_ = 0;
  write_more();
}

void Session::refuse(int status, std::string_view message) {
  state_.requests_refused.fetch_add(1, std::memory_order_relaxed);
  keep_alive_ = false;
  head_only_ = false;
  linger_ = true;
  begin_response(error_response(status, message));
}

// ---- handling

void Session::dispatch() {
  phase_ = Phase::kHandling;
  deadline_ = Clock::time_point::max();  // how long a request may take is the handler's business
  keep_alive_ = parser_.keep_alive();
  http11_ = parser_.http11();
  head_only_ = parser_.is_head();
  client_left_ = std::stop_source();
  HttpRequest request = parser_.take();
  request.remote_address = remote_address_;
  request.client_left = client_left_.get_token();
  state_.requests.fetch_add(1, std::memory_order_relaxed);
  state_.requests_in_flight.fetch_add(1, std::memory_order_relaxed);
  ++exchange_;
  try {
    state_.handler(std::move(request), HttpReply(shared_from_this(), exchange_));
  } catch (const std::exception& e) {  // its HttpReply has answered 500 on the way out
    log_error("HTTP handler threw: {}", e.what());
  } catch (...) {
    log_error("HTTP handler threw something that is no std::exception");
  }
  if (phase_ == Phase::kHandling) start_read();  // to notice that the client leaves
}

void Session::reply(std::uint64_t exchange, HttpResponse response) {
  {
    const MutexLock lock(gate_mu_);
    if (!gate_open_) return;
    if (!io_.is_current()) {
      asio::post(io_.context(),
                 [self = shared_from_this(), exchange, posted = std::move(response)]() mutable {
                   self->complete(exchange, std::move(posted));
                 });
      return;
    }
  }
  complete(exchange, std::move(response));
}

void Session::complete(std::uint64_t exchange, HttpResponse response) {
  if (phase_ != Phase::kHandling || exchange != exchange_) return;
  state_.requests_in_flight.fetch_sub(1, std::memory_order_relaxed);
  if (response.status < 200 || response.status > 599) {
    log_error("HTTP handler replied with status {}", response.status);
    response = error_response(500, "the reply had no valid status");
  }
  begin_response(std::move(response));
}

// ---- sending

void Session::begin_response(HttpResponse response) {
  phase_ = Phase::kSending;
  expire_in(state_.options.write_timeout);
  response_ = std::move(response);
  // Requests that have arrived already are still answered when the server or the client stops.
  if ((draining() || input_ended_) && input_.empty()) keep_alive_ = false;
  response_waiting_ = writing_;
  if (!writing_) write_response();
}

void Session::write_response() {
  response_waiting_ = false;
  head_ =
      response_head(response_, {.keep_alive = keep_alive_, .http11 = http11_, .date = io_.date()});
  unsent_.clear();
  first_unsent_ = 0;
  const bool with_body = !head_only_ && status_allows_body(response_.status);
  const bool joined = with_body && response_.body_bytes() <= kJoinedBodyBytes;
  if (joined) {
    head_ += response_.body;
    for (const HttpBodyPart& part : response_.parts) head_ += part.bytes;
  }
  unsent_.push_back(asio::buffer(head_));
  if (with_body && !joined) {
    if (!response_.body.empty()) unsent_.push_back(asio::buffer(response_.body));
    for (const HttpBodyPart& part : response_.parts) {
      if (!part.bytes.empty()) unsent_.push_back(asio::buffer(part.bytes));
    }
  }
  write_more();
}

void Session::write_more() {
  writing_ = true;
  ++operations_;
  transport_->write_some(std::span(unsent_).subspan(first_unsent_), shared_from_this());
}

void Session::on_written(error_code error, std::size_t bytes) {
  writing_ = false;
  if (operation_ended()) return;
  if (error) return abort();
  while (first_unsent_ < unsent_.size() && bytes >= unsent_[first_unsent_].size()) {
    bytes -= unsent_[first_unsent_].size();
    ++first_unsent_;
  }
  if (first_unsent_ < unsent_.size()) {
    unsent_[first_unsent_] += bytes;
    if (phase_ == Phase::kSending) expire_in(state_.options.write_timeout);
    return write_more();
  }
  if (response_waiting_) return write_response();
  if (phase_ == Phase::kSending) response_sent();
}

void Session::response_sent() {
  response_ = HttpResponse();
  if (!keep_alive_) return close_gracefully(linger_ || !input_.empty());
  next_request();
}

void Session::next_request() {
  phase_ = Phase::kReceiving;
  parser_.reset();
  continue_sent_ = false;
  body_mark_ = 0;
  ++served_;
  expire_in(state_.options.idle_timeout);
  if (!input_.empty()) return receive();
  if (draining()) drain();
  start_read();
}

// ---- closing

void Session::close_gracefully(bool linger) {
  phase_ = Phase::kClosing;
  linger_ = linger;
  close_gate();
  expire_in(kLingerTime);
  if (reading_) {
    transport_->cancel();  // on_read() goes on from here
  } else {
    shut_down();
  }
}

void Session::shut_down() {
  shut_down_ = true;
  ++operations_;
  transport_->shutdown_send(shared_from_this());
}

void Session::on_shutdown() {
  if (operation_ended()) return;
  if (!linger_) return abort();
  discard_input();
}

void Session::discard_input() {
  reading_ = true;
  ++operations_;
  transport_->discard_some(input_.prepare(kReadBytes), shared_from_this());
}

void Session::close_gate() {
  const MutexLock lock(gate_mu_);
  gate_open_ = false;
}

}  // namespace tern::net

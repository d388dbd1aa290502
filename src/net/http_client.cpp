#include "net/http_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "net/address.h"
#include "net/input_buffer.h"
#include "net/response_parser.h"
#include "net/tls.h"
#include "net/transport.h"

namespace tern::net {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kReadBytes = 64 << 10;

// What the last operation of each kind ended with.
struct Outcome final : TransportEvents {
  struct Result {
    error_code error;
    std::size_t bytes = 0;
  };
  std::optional<Result> handshake, read, written;
  bool shut_down = false;

  void on_handshake(error_code error) override { handshake = {error, 0}; }
  void on_read(error_code error, std::size_t bytes) override { read = {error, bytes}; }
  void on_written(error_code error, std::size_t bytes) override { written = {error, bytes}; }
  void on_shutdown() override { shut_down = true; }
};

}  // namespace

class HttpClient::Impl {
 public:
  Impl(HostPort address, HttpClientOptions options, std::shared_ptr<const TlsContext> tls)
      : address_(std::move(address)), options_(std::move(options)), tls_(std::move(tls)) {}

  ~Impl() { disconnect(); }

  bool connected() const { return transport_ != nullptr; }

  Result<HttpResponse> request(std::string_view method, std::string_view target,
                               const HttpHeaders& headers, std::string_view body) {
    TERN_TRY(check_head(method, target, headers));
    if (connected() && ended_by_peer()) disconnect();
    if (!connected()) TERN_TRY(connect());
    deadline_ = Clock::now() + options_.timeout;
    const std::string head = request_head(method, target, headers, body.size());
    ResponseParser parser(options_.max_response_bytes, method == "HEAD");
    const Status status = exchange(head, body, parser);
    const bool reusable =
        status.ok() && parser.keep_alive() && unsent_.empty() && input_.empty() && !send_failed_;
    if (!reusable) disconnect();  // also ends a write that still refers to `head`
    if (!status.ok()) return status;
    return parser.take();
  }

 private:
  // Runs the context until `done` holds or the deadline has passed.
  template <class Done>
  bool run_until(Done done) {
    context_.restart();
    while (!done()) {
      if (context_.run_one_until(deadline_) == 0) return false;
    }
    return true;
  }

  Status connect() {
    deadline_ = Clock::now() + options_.connect_timeout;
    Status status = try_connect();
    if (!status.ok()) disconnect();
    return status;
  }

  Status try_connect() {
    error_code error;
    const auto endpoints =
        Tcp::resolver(context_).resolve(address_.host, std::to_string(address_.port), error);
    if (error) return unavailable("resolve {}: {}", address_.host, error.message());
    Tcp::socket socket(context_);
    std::optional<error_code> connected;
    asio::async_connect(socket, endpoints,
                        [&](error_code e, const Tcp::endpoint&) { connected = e; });
    if (!run_until([&] { return connected.has_value(); })) {
      socket.close(error);
      run_to_end();
      return timed_out("connecting", options_.connect_timeout);
    }
    if (*connected) return broken("connect", *connected);
    socket.set_option(Tcp::no_delay(true), error);
    transport_ = tls_ ? tls_->connect(std::move(socket), address_.host)
                      : make_plain_transport(std::move(socket));
    outcome_ = std::make_shared<Outcome>();
    transport_->handshake(outcome_);
    if (!run_until([&] { return outcome_->handshake.has_value(); })) {
      return timed_out("the TLS handshake", options_.connect_timeout);
    }
    if (outcome_->handshake->error) return broken("TLS handshake", outcome_->handshake->error);
    return {};
  }

  // Lets operations that were cancelled end.
  void run_to_end() {
    context_.restart();
    context_.run();
  }

  void disconnect() {
    if (!transport_) return;
    transport_->close();
    run_to_end();
    transport_.reset();
    input_ = InputBuffer();
    unsent_.clear();
  }

  // On an idle connection a read ends at once only when the server has closed it, or talks out of
  // turn.
  bool ended_by_peer() {
    outcome_->read.reset();
    start_read();
    context_.restart();
    context_.poll();
    if (outcome_->read) return true;
    transport_->cancel();
    run_to_end();
    return outcome_->read->error != asio::error::operation_aborted;
  }

  // Nothing that goes into the head may end a line early or the server would see another request.
  static Status check_head(std::string_view method, std::string_view target,
                           const HttpHeaders& headers) {
    const auto plain = [](std::string_view text, char lowest) {
      return std::all_of(text.begin(), text.end(), [&](char c) {
        return static_cast<unsigned char>(c) >= static_cast<unsigned char>(lowest) && c != 0x7F;
      });
    };
    if (method.empty() || !plain(method, '!')) return invalid_argument("HTTP method");
    if (target.empty() || !plain(target, '!')) {
      return invalid_argument("request target \"{}\": write spaces and controls as %XX", target);
    }
    for (std::size_t i = 0; i < headers.size(); ++i) {
      if (headers[i].name.empty() || !plain(headers[i].name, '!') ||
          !plain(headers[i].value, ' ')) {
        return invalid_argument("header field {}: a control character", headers[i].name);
      }
    }
    return {};
  }

  std::string request_head(std::string_view method, std::string_view target,
                           const HttpHeaders& headers, std::size_t body_bytes) const {
    std::string head = fmt::format("{} {} HTTP/1.1\r\n", method, target);
    auto out = std::back_inserter(head);
    const bool default_port = address_.port == (tls_ ? 443 : 80);
    if (!headers.contains("Host")) {
      std::string host = to_string(address_);
      if (default_port) host.resize(host.rfind(':'));
      fmt::format_to(out, "Host: {}\r\n", host);
    }
    for (std::size_t i = 0; i < headers.size(); ++i) {
      fmt::format_to(out, "{}: {}\r\n", headers[i].name, headers[i].value);
    }
    if (body_bytes > 0 || (method != "GET" && method != "HEAD")) {
      fmt::format_to(out, "Content-Length: {}\r\n", body_bytes);
    }
    head += "\r\n";
    return head;
  }

  // Sends and receives at once: a server may answer, and stop reading, before the body is sent.
  Status exchange(const std::string& head, std::string_view body, ResponseParser& parser) {
    outcome_->read.reset();
    outcome_->written.reset();
    send_failed_ = false;
    unsent_ = {asio::buffer(head)};
    if (!body.empty()) unsent_.push_back(asio::buffer(body));
    transport_->write_some(unsent_, outcome_);
    start_read();
    while (parser.stage() != ParseStage::kComplete) {
      if (!run_until([&] { return outcome_->read || outcome_->written; })) {
        return timed_out("waiting for the response", options_.timeout);
      }
      if (outcome_->written) after_write();
      if (outcome_->read) TERN_TRY(after_read(parser));
    }
    return {};
  }

  void start_read() { transport_->read_some(input_.prepare(kReadBytes), outcome_); }

  void after_write() {
    const Outcome::Result result = *std::exchange(outcome_->written, std::nullopt);
    if (result.error) {  // what the server has answered before it closed may still be readable
      send_failed_ = true;
      return;
    }
    std::size_t bytes = result.bytes;
    while (!unsent_.empty() && bytes >= unsent_.front().size()) {
      bytes -= unsent_.front().size();
      unsent_.erase(unsent_.begin());
    }
    if (unsent_.empty()) return;
    unsent_.front() += bytes;
    transport_->write_some(unsent_, outcome_);
  }

  Status after_read(ResponseParser& parser) {
    const Outcome::Result result = *std::exchange(outcome_->read, std::nullopt);
    if (result.error && result.error != asio::error::eof) return broken("read", result.error);
    if (result.error) {
      parser.end();
    } else {
      input_.commit(result.bytes);
      input_.consume(parser.feed(input_.view()));
    }
    if (parser.stage() == ParseStage::kFailed) {
      return parser.failure().with_context(to_string(address_));
    }
    if (parser.stage() != ParseStage::kComplete) start_read();
    return {};
  }

  Status broken(std::string_view what, const error_code& error) const {
    return unavailable("{}: {}: {}", to_string(address_), what, error.message());
  }
  Status timed_out(std::string_view what, std::chrono::milliseconds limit) const {
    return deadline_exceeded("{}: {} took longer than {} ms", to_string(address_), what,
                             limit.count());
  }

  const HostPort address_;
  const HttpClientOptions options_;
  const std::shared_ptr<const TlsContext> tls_;
  asio::io_context context_{1};
  std::unique_ptr<Transport> transport_;
  std::shared_ptr<Outcome> outcome_;
  InputBuffer input_;
  std::vector<asio::const_buffer> unsent_;
  bool send_failed_ = false;
  Clock::time_point deadline_;
};

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::create(std::string_view url,
                                                       HttpClientOptions options) {
  TERN_ASSIGN_OR_RETURN(Url parsed, parse_url(url));
  std::shared_ptr<const TlsContext> tls;
  if (parsed.tls) {
    TERN_ASSIGN_OR_RETURN(tls, make_client_tls(options.tls));
  }
  try {
    return std::unique_ptr<HttpClient>(new HttpClient(
        std::make_unique<Impl>(std::move(parsed.address), std::move(options), std::move(tls))));
  } catch (const std::exception& e) {
    return resource_exhausted("HTTP client: {}", e.what());
  }
}

Result<HttpResponse> HttpClient::request(std::string_view method, std::string_view target,
                                         const HttpHeaders& headers, std::string_view body) {
  try {
    return impl_->request(method, target, headers, body);
  } catch (const std::exception& e) {
    return resource_exhausted("HTTP request: {}", e.what());
  }
}

bool HttpClient::connected() const { return impl_->connected(); }

Result<HttpResponse> http_get(std::string_view url, const HttpClientOptions& options) {
  TERN_ASSIGN_OR_RETURN(const Url parsed, parse_url(url));
  TERN_ASSIGN_OR_RETURN(const auto client, HttpClient::create(url, options));
  return client->get(parsed.target);
}

}  // namespace tern::net

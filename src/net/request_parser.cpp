#include "net/request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <optional>

#include "net/text.h"

namespace tern::net {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using BeastView = boost::beast::string_view;

// A body of known length gets this much room before its first byte; then room doubles as it fills,
// so that memory follows what a client has sent and not what it has promised.
constexpr std::size_t kFirstBodyBytes = 1 << 20;

// "0\r\n\r\n": no chunked body ends with less, and Beast asserts as much when a last chunk arrives
// in pieces.
constexpr std::size_t kLastChunkBytes = 5;

RequestParser::Failure describe(error_code error, const RequestParser::Limits& limits) {
  if (error == http::error::header_limit) {
    return {431,
            "the request head is larger than " + std::to_string(limits.header_bytes) + " bytes"};
  }
  if (error == http::error::body_limit) {
    return {413, "the request body is larger than " + std::to_string(limits.body_bytes) + " bytes"};
  }
  if (error == http::error::bad_version) {
    return {400, "the protocol of the request is not HTTP/1.0 or HTTP/1.1"};
  }
  return {400, "malformed request: " + error.message()};
}

// The path and query of a target in absolute form ("http://host/path"); others as they are.
std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equals_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    const std::size_t end = target.find_first_of("/?", scheme.size());
    return target.substr(std::min(end, target.size()));
  }
  return target;
}

// Beast's state machine with our storage: fields go straight into an HttpRequest.
class HeadParser final : public http::basic_parser<true> {
 public:
  HeadParser(const RequestParser::Limits& limits, HttpRequest& request)
      : limits_(limits), request_(request) {
    header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    body_limit(limits.body_bytes);
  }

  bool http11() const { return version_ == 11; }
  bool too_many_fields() const { return request_.headers.size() > limits_.header_fields; }

 private:
  void on_request_impl(http::verb, BeastView method, BeastView target, int version,
                       error_code&) override {
    request_.method = method;
    request_.target = target;
    version_ = version;
  }

  void on_field_impl(http::field, BeastView name, BeastView value, error_code& error) override {
    if (is_header_done()) return;  // a trailer: nothing here has a use for it
    request_.headers.add(name, value);
    if (too_many_fields()) error = http::error::header_limit;
  }

  std::size_t on_chunk_body_impl(std::uint64_t, BeastView bytes, error_code&) override {
    std::string& body = request_.body;
    const std::size_t needed = body.size() + bytes.size() + HttpRequest::kBodyPadding;
    if (body.capacity() < needed) body.reserve(std::max(needed, 2 * body.capacity()));
    body.append(bytes);
    return bytes.size();
  }

  // Bodies of known length never reach Beast.
  std::size_t on_body_impl(BeastView bytes, error_code&) override { return bytes.size(); }
  void on_response_impl(int, BeastView, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  const RequestParser::Limits& limits_;
  HttpRequest& request_;
  int version_ = 0;
};

}  // namespace

class RequestParser::Impl {
 public:
  explicit Impl(const Limits& limits) : limits_(limits) { reset(); }

  void reset() {
    request_ = HttpRequest();
    head_.emplace(limits_, request_);
    stage_ = ParseStage::kHead;
    started_ = false;
    head_bytes_ = 0;
    content_length_.reset();
    filled_ = 0;
  }

  std::size_t feed(std::string_view bytes) {
    std::size_t taken = 0;
    if (stage_ == ParseStage::kHead) taken += feed_head(bytes);
    if (stage_ == ParseStage::kBody) {
      taken += content_length_ ? feed_known_length(bytes.substr(taken))
                               : feed_chunks(bytes.substr(taken));
    }
    return taken;
  }

  std::span<char> body_space() {
    if (stage_ != ParseStage::kBody || !content_length_) return {};
    std::string& body = request_.body;
    if (filled_ == body.size()) grow_body();
    return {body.data() + filled_, body.size() - filled_};
  }

  void body_filled(std::size_t bytes) {
    filled_ += bytes;
    if (filled_ == *content_length_) stage_ = ParseStage::kComplete;
  }

  std::uint64_t body_received() const { return content_length_ ? filled_ : request_.body.size(); }

  const Limits limits_;
  HttpRequest request_;
  std::optional<HeadParser> head_;
  ParseStage stage_ = ParseStage::kHead;
  bool started_ = false;
  Failure failure_;

 private:
  void fail(int status, std::string message) {
    stage_ = ParseStage::kFailed;
    failure_ = {status, std::move(message)};
  }
  void fail(error_code error) {
    stage_ = ParseStage::kFailed;
    failure_ = describe(error, limits_);
  }

  std::size_t feed_head(std::string_view bytes) {
    std::size_t taken = 0;
    if (!started_) {  // RFC 9112, 2.2: empty lines before a request line are ignored
      while (taken < bytes.size() && (bytes[taken] == '\r' || bytes[taken] == '\n')) ++taken;
      if (taken == bytes.size()) return taken;
      started_ = true;
    }
    error_code error;
    const std::string_view head = bytes.substr(taken);
    const std::size_t used = head_->put({head.data(), head.size()}, error);
    taken += used;
    // Beast measures what it is offered at once, so a head that trickles in would have no limit.
    head_bytes_ += used;
    const bool waiting = error == http::error::need_more;
    if (head_bytes_ + (waiting ? head.size() - used : 0) > limits_.header_bytes) {
      fail(http::error::header_limit);
    } else if (error && !waiting) {
      fail(error);
    } else if (head_->is_header_done()) {
      finish_head();
    }
    return taken;
  }

  void finish_head() {
    if (!check_framing() || !split_target()) return;
    if (const auto length = head_->content_length(); length && *length > 0) {
      content_length_ = static_cast<std::size_t>(*length);
    }
    stage_ = head_->is_done() ? ParseStage::kComplete : ParseStage::kBody;
  }

  // What decides where the message ends must have one reading only, or a proxy before us and we
  // could see different requests in the same bytes.
  bool check_framing() {
    const HttpHeaders& headers = request_.headers;
    int hosts = 0;
    for (std::size_t i = 0; i < headers.size(); ++i) {
      if (equals_ignoring_case(headers[i].name, "Host")) ++hosts;
    }
    if (hosts > 1 || (hosts == 0 && head_->http11())) {
      fail(400,
           "an HTTP/1.1 request has exactly one Host field, this one has " + std::to_string(hosts));
    } else if (headers.contains("Transfer-Encoding") && !head_->http11()) {
      fail(400, "HTTP/1.0 has no Transfer-Encoding");
    } else if (const auto coding = headers.find("Transfer-Encoding");
               coding && !equals_ignoring_case(*coding, "chunked")) {
      fail(501, "the only Transfer-Encoding understood is chunked");
    } else if (const auto expect = headers.find("Expect");
               expect && !equals_ignoring_case(*expect, "100-continue")) {
      fail(417, "the only Expect understood is 100-continue");
    }
    return stage_ != ParseStage::kFailed;
  }

  bool split_target() {
    const std::string_view target = without_authority(request_.target);
    const std::size_t question = std::min(target.find('?'), target.size());
    request_.path = target.substr(0, question);
    if (question == 0 && target.size() < request_.target.size()) request_.path.assign(1, '/');
    const bool asterisk = request_.path == "*" && request_.method == "OPTIONS";
    if (!asterisk && !request_.path.starts_with('/')) {
      fail(400, "the request target is neither a path nor a URL");
    } else if (request_.path.find('%') != std::string::npos && !percent_decode(request_.path)) {
      fail(400, "the request path has a malformed %-escape");
    } else if (question < target.size()) {
      auto query = parse_query(target.substr(question + 1));
      if (query) {
        request_.query = std::move(*query);
      } else {
        fail(400, "the query has a malformed %-escape");
      }
    }
    return stage_ != ParseStage::kFailed;
  }

  void grow_body() {
    std::string& body = request_.body;
    const std::size_t size = std::min(*content_length_, std::max(kFirstBodyBytes, 2 * body.size()));
    body.reserve(size + HttpRequest::kBodyPadding);
    body.resize(size);
  }

  std::size_t feed_known_length(std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size() && stage_ == ParseStage::kBody) {
      const std::span<char> space = body_space();
      const std::size_t n = std::min(space.size(), bytes.size() - taken);
      std::copy_n(bytes.data() + taken, n, space.data());
      body_filled(n);
      taken += n;
    }
    return taken;
  }

  std::size_t feed_chunks(std::string_view bytes) {
    std::size_t taken = 0;
    while (bytes.size() - taken >= kLastChunkBytes) {
      error_code error;
      const std::string_view rest = bytes.substr(taken);
      taken += head_->put({rest.data(), rest.size()}, error);
      if (head_->is_done()) {
        request_.body.reserve(request_.body.size() + HttpRequest::kBodyPadding);
        stage_ = ParseStage::kComplete;
        break;
      }
      if (error == http::error::need_more) {  // an unfinished chunk line or trailer stays outside
        if (bytes.size() - taken > limits_.header_bytes) fail(400, "a chunk header is too long");
        break;
      }
      if (error) {
        fail(error);
        break;
      }
    }
    return taken;
  }

  std::size_t head_bytes_ = 0;
  std::optional<std::size_t> content_length_;  // of a body that is not chunked and not empty
  std::size_t filled_ = 0;
};

RequestParser::RequestParser(const Limits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;

void RequestParser::reset() { impl_->reset(); }
std::size_t RequestParser::feed(std::string_view bytes) { return impl_->feed(bytes); }
ParseStage RequestParser::stage() const { return impl_->stage_; }
bool RequestParser::started() const { return impl_->started_; }
const RequestParser::Failure& RequestParser::failure() const { return impl_->failure_; }
std::span<char> RequestParser::body_space() { return impl_->body_space(); }
void RequestParser::body_filled(std::size_t bytes) { impl_->body_filled(bytes); }
std::uint64_t RequestParser::body_received() const { return impl_->body_received(); }

bool RequestParser::expects_continue() const {
  return impl_->head_->http11() && impl_->request_.headers.contains("Expect");
}
bool RequestParser::keep_alive() const { return impl_->head_->keep_alive(); }
bool RequestParser::is_head() const { return impl_->request_.method == "HEAD"; }
bool RequestParser::http11() const { return impl_->head_->http11(); }
HttpRequest RequestParser::take() { return std::move(impl_->request_); }

}  // namespace tern::net

#include "net/response_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <optional>

#include "base/errors.h"

namespace tern::net {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using BeastView = boost::beast::string_view;

constexpr std::size_t kMaxHeadBytes = 256 << 10;
constexpr std::size_t kFirstBodyBytes = 1 << 20;
constexpr std::size_t kLastChunkBytes = 5;  // see request_parser.cpp

class BeastResponseParser final : public http::basic_parser<false> {
 public:
  BeastResponseParser(std::size_t max_bytes, bool head, HttpResponse& response)
      : response_(response) {
    header_limit(kMaxHeadBytes);
    body_limit(max_bytes);
    skip(head);
  }

 private:
  void on_response_impl(int status, BeastView, int, error_code&) override {
    response_.status = status;
  }
  void on_field_impl(http::field, BeastView name, BeastView value, error_code& error) override {
    if (is_header_done()) return;
    response_.headers.add(name, value);
    head_bytes_ += name.size() + value.size();
    if (head_bytes_ > kMaxHeadBytes) error = http::error::header_limit;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    if (length) response_.body.reserve(std::min<std::size_t>(*length, kFirstBodyBytes));
  }
  std::size_t on_body_impl(BeastView bytes, error_code&) override {
    response_.body.append(bytes);
    return bytes.size();
  }
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView bytes, error_code&) override {
    response_.body.append(bytes);
    return bytes.size();
  }
  void on_request_impl(http::verb, BeastView, BeastView, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  HttpResponse& response_;
  std::size_t head_bytes_ = 0;
};

}  // namespace

class ResponseParser::Impl {
 public:
  Impl(std::size_t max_bytes, bool head) : max_bytes_(max_bytes), head_(head) { begin(); }

  std::size_t feed(std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size() && stage_ != ParseStage::kComplete &&
           stage_ != ParseStage::kFailed) {
      error_code error;
      const std::string_view rest = bytes.substr(taken);
      if (stage_ == ParseStage::kBody && parser_->chunked() && rest.size() < kLastChunkBytes) break;
      started_ = true;
      taken += parser_->put({rest.data(), rest.size()}, error);
      if (error == http::error::need_more) {
        if (bytes.size() - taken > kMaxHeadBytes) fail(http::error::header_limit);
        break;
      }
      if (error) {
        fail(error);
        break;
      }
      advance();
    }
    return taken;
  }

  void end() {
    if (stage_ == ParseStage::kComplete || stage_ == ParseStage::kFailed) return;
    error_code error;
    if (started_) {
      parser_->put_eof(error);
    } else {
      error = http::error::end_of_stream;
    }
    if (error) return fail(error);
    stage_ = ParseStage::kComplete;
  }

  bool keep_alive() const { return parser_->keep_alive(); }

  ParseStage stage_ = ParseStage::kHead;
  bool started_ = false;
  Status failure_;
  HttpResponse response_;

 private:
  void begin() {
    response_ = HttpResponse();
    parser_.emplace(max_bytes_, head_, response_);
  }

  void advance() {
    if (!parser_->is_header_done()) return;
    stage_ = parser_->is_done() ? ParseStage::kComplete : ParseStage::kBody;
    if (stage_ == ParseStage::kComplete && response_.status < 200) {
      begin();
      stage_ = ParseStage::kHead;
    }
  }

  void fail(error_code error) {
    stage_ = ParseStage::kFailed;
    if (error == http::error::body_limit) {
      failure_ = resource_exhausted("the response is larger than {} bytes", max_bytes_);
    } else if (error == http::error::partial_message || error == http::error::end_of_stream) {
      failure_ = unavailable("the connection ended before the response was complete");
    } else {
      failure_ = data_loss("malformed response: {}", error.message());
    }
  }

  const std::size_t max_bytes_;
  const bool head_;
  std::optional<BeastResponseParser> parser_;
};

ResponseParser::ResponseParser(std::size_t max_bytes, bool head)
    : impl_(std::make_unique<Impl>(max_bytes, head)) {}
ResponseParser::~ResponseParser() = default;

std::size_t ResponseParser::feed(std::string_view bytes) { return impl_->feed(bytes); }
void ResponseParser::end() { impl_->end(); }
ParseStage ResponseParser::stage() const { return impl_->stage_; }
bool ResponseParser::started() const { return impl_->started_; }
const Status& ResponseParser::failure() const { return impl_->failure_; }
bool ResponseParser::keep_alive() const { return impl_->keep_alive(); }
HttpResponse ResponseParser::take() { return std::move(impl_->response_); }

}  // namespace tern::net

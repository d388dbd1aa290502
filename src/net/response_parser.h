// ResponseParser: the client's side of RequestParser. Feed it what arrives, tell it when the
// connection has ended. Interim (1xx) responses are skipped. Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "net/http_message.h"
#include "net/request_parser.h"
#include "tern/status.h"

namespace tern::net {

class ResponseParser {
 public:
  /// `max_bytes` bounds the body. `head` says that the request was HEAD, whose answer has no body.
  ResponseParser(std::size_t max_bytes, bool head);
  ~ResponseParser();

  /// Takes bytes and returns how many; offer the others again with more behind them.
  std::size_t feed(std::string_view bytes);
  /// The connection has ended: completes a body that lasts until then, else fails.
  void end();

  ParseStage stage() const;
  bool started() const;
  /// Valid at stage kFailed: kDataLoss or kResourceExhausted.
  const Status& failure() const;
  /// Valid at stage kComplete.
  bool keep_alive() const;
  /// Moves the message out at stage kComplete.
  HttpResponse take();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::net

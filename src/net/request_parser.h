// RequestParser: bytes in, HttpRequest out, within limits. Wraps Beast's parser, which it keeps to
// its own .cpp, and adds what Beast leaves open: the size of the whole head, the Host field,
// transfer codings other than chunked, trailers, the form of the target.
//
// Feed it what has arrived; keep what it did not take and offer it again with more bytes behind it.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/http_message.h"

namespace tern::net {

/// How far a parser has got with its message.
enum class ParseStage : std::uint8_t { kHead, kBody, kComplete, kFailed };

class RequestParser {
 public:
  struct Limits {
    std::size_t header_bytes = 32 << 10;  ///< request line and header fields together
    std::size_t header_fields = 256;
    std::size_t body_bytes = 64 << 20;
  };
  /// Why a request was refused: the status to answer with and the words for the client.
  struct Failure {
    int status = 400;
    std::string message;
  };

  explicit RequestParser(const Limits& limits);
  ~RequestParser();

  /// Forgets the current message and waits for the next one.
  void reset();

  /// Takes bytes of the current message and returns how many; the caller offers the others again
  /// when more have arrived. Takes nothing once the message is complete or has failed.
  std::size_t feed(std::string_view bytes);

  ParseStage stage() const;
  /// True from the first byte of a message on.
  bool started() const;
  /// Valid at stage kFailed.
  const Failure& failure() const;

  /// Where the next bytes of a body of known length belong, so that they can be read there without
  /// passing through feed(). Empty when there is no such body. Never more than the client
  /// could still send, and grown as bytes arrive rather than as promised.
  std::span<char> body_space();
  /// Says that `bytes` bytes of body_space() have been filled.
  void body_filled(std::size_t bytes);
  /// Bytes of body received so far.
  std::uint64_t body_received() const;

  /// Valid from stage kBody on: the client waits for "100 Continue" before it sends the body.
  bool expects_continue() const;
  /// Valid from stage kBody on: the connection may serve another request after this one.
  bool keep_alive() const;
  /// Valid from stage kBody on: the method is HEAD.
  bool is_head() const;
  /// Valid from stage kBody on: HTTP/1.1, not 1.0.
  bool http11() const;

  /// Moves the message out at stage kComplete; remote_address and client_left are the caller's to
  /// set.
  HttpRequest take();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::net

// RawClient: a socket on which a test speaks bytes. Every wait ends after kPatience at the latest,
// so that a server that hangs fails a test instead of stopping it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace tern::net {

struct RawResponse {
  int status = 0;    // 0: the connection ended before a whole response
  std::string head;  // status line and fields, in lower case
  std::string body;

  bool has(std::string_view text) const { return head.find(text) != std::string::npos; }
};

class RawClient {
 public:
  static constexpr std::chrono::seconds kPatience{60};

  /// Connects to "127.0.0.1:1234" or "[::1]:1234"; connected() says whether it did.
  explicit RawClient(const std::string& address, int receive_buffer_bytes = 0);
  ~RawClient() { close(); }
  RawClient(RawClient&& other) noexcept;
  RawClient& operator=(RawClient&&) = delete;

  bool connected() const { return fd_ >= 0; }
  /// False when the server has closed before all was sent.
  bool send(std::string_view bytes);
  /// One response with Content-Length or without body. `head_request` says that no body follows.
  RawResponse response(bool head_request = false);
  /// Sends a request and reads its response.
  RawResponse ask(std::string_view bytes) {
    send(bytes);
    return response();
  }
  /// Everything until the server closes.
  std::string read_to_end();
  /// True when the server closes, in order or by reset, within `wait`; bytes before that are
  /// dropped.
  bool closed_within(std::chrono::milliseconds wait);
  /// Waits for `bytes` or more and returns what is there, without taking it for a response.
  std::string read_some(std::size_t bytes);

  /// Bytes that have arrived and belong to no whole response yet.
  std::size_t buffered() const { return input_.size(); }

  void shutdown_write();
  void close();
  /// Closes so that the server gets a reset instead of an end.
  void reset();

 private:
  enum class Read { kBytes, kEnd, kTimeout };
  Read read_more(std::chrono::milliseconds wait);

  int fd_ = -1;
  std::string input_;
};

}  // namespace tern::net

#include "tests/net/raw_client.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <utility>

#include "base/strings.h"
#include "net/address.h"

namespace tern::net {

using Clock = std::chrono::steady_clock;

RawClient::RawClient(const std::string& address, int receive_buffer_bytes) {
  const auto parsed = parse_host_port(address);
  if (!parsed.ok()) return;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(parsed->port);
  if (::getaddrinfo(parsed->host.c_str(), port.c_str(), &hints, &found) != 0) return;
  fd_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer_bytes > 0) {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  }
  if (::connect(fd_, found->ai_addr, found->ai_addrlen) != 0) close();
  ::freeaddrinfo(found);
}

RawClient::RawClient(RawClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), input_(std::move(other.input_)) {}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd p{fd_, POLLOUT, 0};
    if (::poll(&p, 1, std::chrono::milliseconds(kPatience).count()) != 1) return false;
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

RawClient::Read RawClient::read_more(std::chrono::milliseconds wait) {
  pollfd p{fd_, POLLIN, 0};
  if (::poll(&p, 1, static_cast<int>(wait.count())) != 1) return Read::kTimeout;
  char buffer[64 << 10];
  const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
  if (n <= 0) return Read::kEnd;
  input_.append(buffer, static_cast<std::size_t>(n));
  return Read::kBytes;
}

RawResponse RawClient::response(bool head_request) {
  RawResponse r;
  std::size_t head_end;
  while ((head_end = input_.find("\r\n\r\n")) == std::string::npos) {
    if (read_more(kPatience) != Read::kBytes) return r;
  }
  head_end += 4;
  r.head = to_lower(input_.substr(0, head_end));
  std::size_t length = 0;
  constexpr std::string_view kLength = "\r\ncontent-length: ";
  const std::size_t at = r.head.find(kLength);
  if (at != std::string::npos && !head_request) {
    std::from_chars(r.head.data() + at + kLength.size(), r.head.data() + r.head.size(), length);
  }
  while (input_.size() < head_end + length) {
    if (read_more(kPatience) != Read::kBytes) return r;
  }
  r.body = input_.substr(head_end, length);
  input_.erase(0, head_end + length);
  std::from_chars(r.head.data() + 9, r.head.data() + 12, r.status);
  return r;
}

std::string RawClient::read_to_end() {
  while (read_more(kPatience) == Read::kBytes) {
  }
  return std::exchange(input_, {});
}

std::string RawClient::read_some(std::size_t bytes) {
  while (input_.size() < bytes && read_more(kPatience) == Read::kBytes) {
  }
  return std::exchange(input_, {});
}

bool RawClient::closed_within(std::chrono::milliseconds wait) {
  const auto deadline = Clock::now() + wait;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    const Read read = read_more(left);
    if (read != Read::kBytes) return read == Read::kEnd;
    input_.clear();
  }
}

void RawClient::shutdown_write() { ::shutdown(fd_, SHUT_WR); }

void RawClient::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void RawClient::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

}  // namespace tern::net

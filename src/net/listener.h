// Listener: one bound address and the connections that arrive there.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>

#include "net/address.h"
#include "net/transport.h"
#include "tern/status.h"

namespace tern::net {

/// "192.0.2.1:80" or "[2001:db8::1]:80".
std::string to_string(const Tcp::endpoint& endpoint);

/// Runs on the thread of `io`, on which alone start() and close() may be called.
class Listener {
 public:
  /// Chooses the context on which the next connection will live.
  using ChooseContext = std::function<asio::io_context&()>;
  using OnConnection = std::function<void(Tcp::socket socket, Tcp::endpoint peer)>;

  /// Binds and listens; connections wait in the kernel until start().
  static Result<std::unique_ptr<Listener>> bind(asio::io_context& io, const HostPort& address);

  const std::string& address() const { return address_; }

  void start(ChooseContext choose, OnConnection on_connection);
  /// Hands over what the kernel has already accepted, then stops listening. One more connection may
  /// come after that, from a handler that is in the queue of `io` already.
  void close();

 private:
  Listener(Tcp::acceptor acceptor, std::string address);
  void accept_next();
  void on_accept_error(error_code error);

  Tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::string address_;
  ChooseContext choose_;
  OnConnection on_connection_;
};

}  // namespace tern::net

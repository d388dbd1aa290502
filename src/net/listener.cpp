#include "net/listener.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <chrono>
#include <utility>

#include "base/errors.h"
#include "base/log.h"

namespace tern::net {
namespace {

constexpr std::chrono::milliseconds kPauseAfterError{100};

Status failure(const HostPort& address, const error_code& error) {
  const std::string where = "listen on " + to_string(address);
  if (error == asio::error::address_in_use) {
    return already_exists("{}: the address is in use", where);
  }
  if (error.category() == boost::system::system_category()) {
    return system_error(error.value(), where);
  }
  return invalid_argument("{}: {}", where, error.message());
}

Result<Tcp::endpoint> resolve(asio::io_context& io, const HostPort& address) {
  error_code error;
  const auto found = Tcp::resolver(io).resolve(address.host, std::to_string(address.port),
                                               Tcp::resolver::passive, error);
  if (error || found.empty()) return failure(address, error ? error : asio::error::host_not_found);
  return found.begin()->endpoint();
}

}  // namespace

std::string to_string(const Tcp::endpoint& endpoint) {
  return to_string(HostPort{endpoint.address().to_string(), endpoint.port()});
}

Listener::Listener(Tcp::acceptor acceptor, std::string address)
    : acceptor_(std::move(acceptor)),
      pause_(acceptor_.get_executor()),
      address_(std::move(address)) {}

Result<std::unique_ptr<Listener>> Listener::bind(asio::io_context& io, const HostPort& address) {
  TERN_ASSIGN_OR_RETURN(const Tcp::endpoint endpoint, resolve(io, address));
  Tcp::acceptor acceptor(io);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.protocol() == Tcp::v6()) {
    acceptor.set_option(asio::ip::v6_only(true), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) return failure(address, error);
  const Tcp::endpoint bound = acceptor.local_endpoint(error);
  if (error) return failure(address, error);
  return std::unique_ptr<Listener>(new Listener(std::move(acceptor), to_string(bound)));
}

void Listener::start(ChooseContext choose, OnConnection on_connection) {
  choose_ = std::move(choose);
  on_connection_ = std::move(on_connection);
  accept_next();
}

void Listener::accept_next() {
  auto peer = std::make_shared<Tcp::endpoint>();
  acceptor_.async_accept(choose_(), *peer, [this, peer](error_code error, Tcp::socket socket) {
    // A connection that was accepted before close() has its handler run after it.
    if (!error) on_connection_(std::move(socket), *peer);
    if (!acceptor_.is_open()) return;
    error ? on_accept_error(error) : accept_next();
  });
}

void Listener::on_accept_error(error_code error) {
  if (error == asio::error::connection_aborted) return accept_next();
  // Out of descriptors or memory: the connection stays in the kernel's queue, and trying again at
  // once would only spin.
  log_warning("accept on {}: {}", address_, error.message());
  pause_.expires_after(kPauseAfterError);
  pause_.async_wait([this](error_code cancelled) {
    if (!cancelled && acceptor_.is_open()) accept_next();
  });
}

void Listener::close() {
  if (!acceptor_.is_open()) return;
  error_code error;
  while (on_connection_) {
    Tcp::endpoint peer;
    Tcp::socket socket(choose_());
    acceptor_.accept(socket, peer, error);
    if (error) break;
    on_connection_(std::move(socket), peer);
  }
  acceptor_.close(error);
  pause_.cancel();
}

}  // namespace tern::net

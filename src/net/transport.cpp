#include "net/transport.h"

#include <boost/asio/post.hpp>

namespace tern::net {
namespace {

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(Tcp::socket socket) : Transport(std::move(socket)) {}

  void handshake(Events events) override {
    asio::post(socket_.get_executor(), [events = std::move(events)] { events->on_handshake({}); });
  }

  void read_some(std::span<char> space, Events events) override {
    socket_.async_read_some(
        asio::buffer(space.data(), space.size()),
        [events = std::move(events)](error_code e, std::size_t n) { events->on_read(e, n); });
  }

  void write_some(std::span<const asio::const_buffer> buffers, Events events) override {
    socket_.async_write_some(buffers, [events = std::move(events)](error_code e, std::size_t n) {
      events->on_written(e, n);
    });
  }

  void shutdown_send(Events events) override {
    error_code ignored;
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
    asio::post(socket_.get_executor(), [events = std::move(events)] { events->on_shutdown(); });
  }

  void discard_some(std::span<char> space, Events events) override {
    read_some(space, std::move(events));
  }
};

}  // namespace

std::size_t Transport::available() {
  error_code ignored;
  return socket_.available(ignored);
}

void Transport::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

void Transport::close() {
  error_code ignored;
  socket_.close(ignored);
}

std::unique_ptr<Transport> make_plain_transport(Tcp::socket socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace tern::net

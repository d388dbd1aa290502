// Transport: the byte stream of one connection, plain TCP or TLS, and nothing of HTTP.
//
// Used on one I/O thread only. At most one read and one write may be under way. Every operation
// ends in exactly one call of its event, never from inside the call that started it. The transport
// must live until its operations have ended; the events object is kept alive by them.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <span>

namespace tern::net {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

/// What a Transport reports to its user.
class TransportEvents {
 public:
  virtual void on_handshake(error_code error) = 0;
  virtual void on_read(error_code error, std::size_t bytes) = 0;
  virtual void on_written(error_code error, std::size_t bytes) = 0;
  virtual void on_shutdown() = 0;

 protected:
  ~TransportEvents() = default;
};

class Transport {
 public:
  using Events = std::shared_ptr<TransportEvents>;

  virtual ~Transport() = default;

  /// Makes the stream ready: TLS negotiation, or nothing. Ends in on_handshake().
  virtual void handshake(Events events) = 0;
  /// Reads at least one byte into `space`. Ends in on_read().
  virtual void read_some(std::span<char> space, Events events) = 0;
  /// Writes at least one byte of `buffers`. Ends in on_written().
  virtual void write_some(std::span<const asio::const_buffer> buffers, Events events) = 0;
  /// Says to the peer that nothing more will be sent. No read or write may be under way. Ends in
  /// on_shutdown(), whether the peer took notice or not.
  virtual void shutdown_send(Events events) = 0;
  /// After shutdown_send(): reads and forgets what the peer still sends. Ends in on_read().
  virtual void discard_some(std::span<char> space, Events events) = 0;

  /// Bytes that have arrived and can be read without waiting.
  std::size_t available();
  /// Ends operations under way with an error; the connection stays.
  void cancel();
  /// Ends operations under way with an error and closes the connection.
  void close();

 protected:
  explicit Transport(Tcp::socket socket) : socket_(std::move(socket)) {}

  Tcp::socket socket_;
};

std::unique_ptr<Transport> make_plain_transport(Tcp::socket socket);

}  // namespace tern::net

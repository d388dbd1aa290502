#include "net/tls.h"

#include <openssl/ssl.h>

#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/ssl/impl/src.hpp>

#include "base/errors.h"

namespace tern::net {
namespace {

namespace ssl = asio::ssl;

constexpr unsigned char kAlpnHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

class TlsTransport final : public Transport {
 public:
  TlsTransport(Tcp::socket socket, ssl::context& context, ssl::stream_base::handshake_type role)
      : Transport(std::move(socket)), stream_(socket_, context), role_(role) {}

  ssl::stream<Tcp::socket&>& stream() { return stream_; }

  void handshake(Events events) override {
    stream_.async_handshake(
        role_, [events = std::move(events)](error_code e) { events->on_handshake(e); });
  }

  void read_some(std::span<char> space, Events events) override {
    stream_.async_read_some(asio::buffer(space.data(), space.size()),
                            [events = std::move(events)](error_code e, std::size_t n) {
                              // A peer that closes without close_notify has cut the stream short;
                              // HTTP's own framing tells whether a message was complete, so that it
                              // counts as an ordinary end here.
                              if (e == ssl::error::stream_truncated) e = asio::error::eof;
                              events->on_read(e, n);
                            });
  }

  void write_some(std::span<const asio::const_buffer> buffers, Events events) override {
    stream_.async_write_some(buffers, [events = std::move(events)](error_code e, std::size_t n) {
      events->on_written(e, n);
    });
  }

  // Sends close_notify and does not wait for the peer's, which many clients never send. Asio would
  // wait; by the time the cancel runs, its first step, the writing, is done.
  void shutdown_send(Events events) override {
    const auto ended = [this, events = std::move(events), steps = std::make_shared<int>(2)] {
      if (--*steps > 0) return;
      error_code ignored;
      socket_.shutdown(Tcp::socket::shutdown_send, ignored);
      events->on_shutdown();
    };
    stream_.async_shutdown([ended](error_code) { ended(); });
    asio::post(socket_.get_executor(), [this, ended] {
      cancel();
      ended();
    });
  }

  void discard_some(std::span<char> space, Events events) override {
    socket_.async_read_some(
        asio::buffer(space.data(), space.size()),
        [events = std::move(events)](error_code e, std::size_t n) { events->on_read(e, n); });
  }

 private:
  ssl::stream<Tcp::socket&> stream_;
  ssl::stream_base::handshake_type role_;
};

int choose_http11(SSL*, const unsigned char** out, unsigned char* out_bytes,
                  const unsigned char* offered, unsigned int offered_bytes, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_bytes, kAlpnHttp11, sizeof kAlpnHttp11, offered,
                            offered_bytes) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

class OpensslContext final : public TlsContext {
 public:
  explicit OpensslContext(ssl::context::method method) : context_(method) {
    context_.set_options(ssl::context::no_sslv2 | ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                         ssl::context::no_tlsv1_1 | ssl::context::no_compression);
    SSL_CTX_set_options(context_.native_handle(), SSL_OP_NO_RENEGOTIATION);
  }

  Status load(const TlsFiles& files) {
    error_code error;
    context_.use_certificate_chain_file(files.certificate_file, error);
    if (error) return failure(files.certificate_file, error);
    context_.use_private_key_file(files.key_file, ssl::context::pem, error);
    if (error) return failure(files.key_file, error);
    SSL_CTX_set_alpn_select_cb(context_.native_handle(), choose_http11, nullptr);
    return {};
  }

  Status trust(const ClientTls& options) {
    error_code error;
    verify_ = options.verify;
    if (options.ca_file.empty()) {
      context_.set_default_verify_paths(error);
    } else {
      context_.load_verify_file(options.ca_file, error);
    }
    if (error)
      return failure(options.ca_file.empty() ? "default CA paths" : options.ca_file, error);
    context_.set_verify_mode(verify_ ? ssl::verify_peer : ssl::verify_none, error);
    if (error) return failure("verify mode", error);
    return {};
  }

  std::unique_ptr<Transport> accept(Tcp::socket socket) const override {
    return std::make_unique<TlsTransport>(std::move(socket), context_, ssl::stream_base::server);
  }

  std::unique_ptr<Transport> connect(Tcp::socket socket, const std::string& host) const override {
    auto transport =
        std::make_unique<TlsTransport>(std::move(socket), context_, ssl::stream_base::client);
    error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (not_an_address) {  // RFC 6066, 3: addresses are not server names
      SSL_set_tlsext_host_name(transport->stream().native_handle(), host.c_str());
    }
    if (verify_) transport->stream().set_verify_callback(ssl::host_name_verification(host));
    return transport;
  }

 private:
  static Status failure(const std::string& what, const error_code& error) {
    return invalid_argument("TLS: {}: {}", what, error.message());
  }

  mutable ssl::context context_;  // OpenSSL counts references in it, thread-safely
  bool verify_ = false;
};

}  // namespace

Result<std::shared_ptr<const TlsContext>> make_server_tls(const TlsFiles& files) {
  try {
    auto context = std::make_shared<OpensslContext>(ssl::context::tls_server);
    TERN_TRY(context->load(files));
    return std::shared_ptr<const TlsContext>(std::move(context));
  } catch (const std::exception& e) {
    return internal_error("TLS: {}", e.what());
  }
}

Result<std::shared_ptr<const TlsContext>> make_client_tls(const ClientTls& options) {
  try {
    auto context = std::make_shared<OpensslContext>(ssl::context::tls_client);
    TERN_TRY(context->trust(options));
    return std::shared_ptr<const TlsContext>(std::move(context));
  } catch (const std::exception& e) {
    return internal_error("TLS: {}", e.what());
  }
}

}  // namespace tern::net

// TLS over OpenSSL, in tls.cpp; tls_none.cpp stands in when TERN_WITH_TLS is off.
#pragma once

#include <memory>
#include <string>

#include "net/http_client.h"
#include "net/http_server.h"
#include "net/transport.h"
#include "tern/status.h"

namespace tern::net {

/// Certificates and settings that connections share. Immutable once made.
class TlsContext {
 public:
  virtual ~TlsContext() = default;
  /// A transport for the accepting side; handshake() negotiates.
  virtual std::unique_ptr<Transport> accept(Tcp::socket socket) const = 0;
  /// A transport for the connecting side, which checks that the certificate is for `host`.
  virtual std::unique_ptr<Transport> connect(Tcp::socket socket, const std::string& host) const = 0;
};

/// Fails with the file and OpenSSL's reason when a file is missing, malformed, or the two do not
/// match.
Result<std::shared_ptr<const TlsContext>> make_server_tls(const TlsFiles& files);
Result<std::shared_ptr<const TlsContext>> make_client_tls(const ClientTls& options);

}  // namespace tern::net

#include "base/errors.h"
#include "net/tls.h"

namespace tern::net {

Result<std::shared_ptr<const TlsContext>> make_server_tls(const TlsFiles&) {
  return unimplemented("TLS: this build was made with TERN_WITH_TLS=OFF");
}

Result<std::shared_ptr<const TlsContext>> make_client_tls(const ClientTls&) {
  return unimplemented("TLS: this build was made with TERN_WITH_TLS=OFF");
}

}  // namespace tern::net

#include "tern/model.h"
#include "tern/session.h"

namespace tern {

Result<Session> Session::load(const std::string& path, SessionOptions options) {
  Result<Graph> graph = load_model(path);
  if (!graph.ok()) return graph.status();
  Result<Session> session = create(std::move(*graph), std::move(options));
  if (!session.ok()) return session.status().with_context(path);
  return session;
}

}  // namespace tern

// The HTTP front end: the Open Inference Protocol v2 with JSON and binary tensors, TensorFlow
// Serving's REST API, /predict, /metrics and a page for people. docs/serve.md lists the routes.
#pragma once

#include <memory>

#include "net/http_server.h"
#include "serve/front_end.h"

namespace tern::serve {

struct HttpFrontEndOptions {
  net::HttpServerOptions server;
  /// Clients on other machines may load and unload models too, where clients may at all.
  bool remote_control = false;
};

/// Serves on options.server.addresses once its Server starts it.
std::unique_ptr<FrontEnd> make_http_front_end(HttpFrontEndOptions options);

}  // namespace tern::serve

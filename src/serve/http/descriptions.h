// Descriptions: the answers of the HTTP front end that no model has to run for, and the model that
// a request means.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/http_message.h"
#include "net/router.h"
#include "serve/http/routes.h"
#include "serve/server.h"

namespace tern::serve {

/// 200 with a body of JSON.
net::HttpResponse json_response(std::string body);

using ModelPtr = std::shared_ptr<const ServedModel>;

/// What a request calls a model.
struct ModelName {
  std::string name;
  std::optional<std::int64_t> version;  // none: the latest
};

/// Safe to use from many threads.
class Descriptions {
 public:
  /// `server` must outlive this.
  explicit Descriptions(const Server& server) : server_(server) {}

  /// The answer of a route. Those that run models, or change what is loaded, are not for here.
  Result<net::HttpResponse> of(Route route, const net::RouteMatch& match,
                               const net::HttpRequest& request) const;

  /// The model, and maybe the version, that a path names. kInvalidArgument: the version is none.
  static Result<ModelName> name_of(const net::RouteMatch& match);
  /// The model of /predict: named in the path or the query, else the only one there is.
  Result<ModelName> name_of(const net::RouteMatch& match, const net::HttpRequest& request) const;

 private:
  Result<ModelPtr> find_model(const net::RouteMatch& match) const;
  net::HttpResponse page() const;
  net::HttpResponse metrics() const;
  net::HttpResponse server_metadata() const;
  Result<net::HttpResponse> model_metadata(const net::RouteMatch& match) const;
  Result<net::HttpResponse> model_ready(const net::RouteMatch& match) const;
  Result<net::HttpResponse> model_config(const net::RouteMatch& match) const;
  Result<net::HttpResponse> statistics(const net::RouteMatch& match) const;
  Result<net::HttpResponse> repository_index(const net::HttpRequest& request) const;
  Result<net::HttpResponse> tf_status(const net::RouteMatch& match) const;
  Result<net::HttpResponse> tf_metadata(const net::RouteMatch& match) const;

  const Server& server_;
};

}  // namespace tern::serve

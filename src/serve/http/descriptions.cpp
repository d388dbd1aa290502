#include "serve/http/descriptions.h"

#include <array>
#include <utility>

#include "base/errors.h"
#include "base/json.h"
#include "base/strings.h"
#include "serve/http/infer_response.h"
#include "serve/http/model_documents.h"
#include "serve/http/page.h"
#include "serve/http/tensorflow.h"
#include "tern/version.h"

namespace tern::serve {

using net::HttpRequest;
using net::HttpResponse;
using net::RouteMatch;

namespace {

// The extensions of the Open Inference Protocol that are there.
constexpr std::array<std::string_view, 6> kExtensions{
    "classification",  "model_configuration", "model_repository",
    "schedule_policy", "statistics",          "binary_tensor_data",
};

Result<ModelName> make_name(std::string_view name, std::string_view version) {
  ModelName model{.name = std::string(name)};
  if (version.empty()) return model;
  model.version = parse_int(version);
  if (!model.version) return invalid_argument("version '{}' is no number", version);
  return model;
}

}  // namespace

HttpResponse json_response(std::string body) {
  HttpResponse response;
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

Result<HttpResponse> Descriptions::of(Route route, const RouteMatch& match,
                                      const HttpRequest& request) const {
  switch (route) {
    case Route::kPage: return page();
    case Route::kMetrics: return metrics();
    case Route::kServer: return server_metadata();
    case Route::kLive: return json_response(R"({"live":true})");
    case Route::kReady:
      if (!server_.ready()) return unavailable("the server is not ready");
      return json_response(R"({"ready":true})");
    case Route::kModel: return model_metadata(match);
    case Route::kModelReady: return model_ready(match);
    case Route::kModelConfig: return model_config(match);
    case Route::kStatistics: return statistics(match);
    case Route::kIndex: return repository_index(request);
    case Route::kTfStatus: return tf_status(match);
    case Route::kTfMetadata: return tf_metadata(match);
    case Route::kInfer:
    case Route::kPredict:
    case Route::kTfPredict:
    case Route::kLoad:
    case Route::kUnload: break;
  }
  return internal_error("a route has no handler");
}

HttpResponse Descriptions::page() const {
  HttpResponse response;
  response.headers.add("Content-Type", "text/html; charset=utf-8");
  response.headers.add("Content-Security-Policy", kPagePolicy);
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.body = write_page(server_.name(), server_.repository());
  return response;
}

HttpResponse Descriptions::metrics() const {
  HttpResponse response;
  response.headers.add("Content-Type", Metrics::kContentType);
  response.body = server_.metrics().exposition();
  return response;
}

HttpResponse Descriptions::server_metadata() const {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("name", std::string_view(server_.name()));
  json.field("version", version());
  json.key("extensions");
  json.begin_array();
  for (const std::string_view extension : kExtensions) json.value(extension);
  json.end_array();
  json.end_object();
  return json_response(std::move(text));
}

Result<HttpResponse> Descriptions::model_metadata(const RouteMatch& match) const {
  TERN_ASSIGN_OR_RETURN(const auto model, find_model(match));
  std::vector<std::int64_t> versions;
  for (const ModelStatus& status : server_.repository().index()) {
    if (status.name == model->name() && status.state == ModelState::kReady) {
      versions.push_back(status.version);
    }
  }
  return json_response(write_model_metadata(*model, versions));
}

Result<HttpResponse> Descriptions::model_ready(const RouteMatch& match) const {
  TERN_ASSIGN_OR_RETURN(const auto model, find_model(match));
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.field("name", std::string_view(model->name()));
  json.field("ready", true);
  json.end_object();
  return json_response(std::move(text));
}

Result<HttpResponse> Descriptions::model_config(const RouteMatch& match) const {
  TERN_ASSIGN_OR_RETURN(const auto model, find_model(match));
  return json_response(model->config_json());
}

Result<HttpResponse> Descriptions::statistics(const RouteMatch& match) const {
  std::vector<std::shared_ptr<const ServedModel>> models;
  const std::string_view name = match.param("model");
  if (!match.param("version").empty()) {
    TERN_ASSIGN_OR_RETURN(auto model, find_model(match));
    models.push_back(std::move(model));
  } else {
    if (!name.empty()) TERN_TRY(find_model(match).status());
    for (const ModelStatus& status : server_.repository().index()) {
      if (status.model != nullptr && (name.empty() || name == status.name)) {
        models.push_back(status.model);
      }
    }
  }
  return json_response(write_statistics(models));
}

Result<HttpResponse> Descriptions::repository_index(const HttpRequest& request) const {
  TERN_ASSIGN_OR_RETURN(const bool ready_only, read_index_request(request.body));
  return json_response(write_repository_index(server_.repository().index(), ready_only));
}

Result<HttpResponse> Descriptions::tf_status(const RouteMatch& match) const {
  std::vector<ModelStatus> versions;
  const std::string_view name = match.param("model");
  const std::string_view wanted = match.param("version");
  for (ModelStatus& status : server_.repository().index()) {
    if (status.name != name) continue;
    if (!wanted.empty() && std::to_string(status.version) != wanted) continue;
    versions.push_back(std::move(status));
  }
  if (versions.empty()) {
    return not_found("there is no model '{}'{}", name,
                     wanted.empty() ? "" : fmt::format(" of version {}", wanted));
  }
  return json_response(write_tensorflow_status(versions));
}

Result<HttpResponse> Descriptions::tf_metadata(const RouteMatch& match) const {
  TERN_ASSIGN_OR_RETURN(const auto model, find_model(match));
  return json_response(write_tensorflow_metadata(*model));
}

Result<ModelPtr> Descriptions::find_model(const RouteMatch& match) const {
  TERN_ASSIGN_OR_RETURN(const ModelName model, name_of(match));
  return server_.repository().find(model.name, model.version);
}

Result<ModelName> Descriptions::name_of(const RouteMatch& match) {
  return make_name(match.param("model"), match.param("version"));
}

Result<ModelName> Descriptions::name_of(const RouteMatch& match, const HttpRequest& request) const {
  const std::string_view version = request.query_value("version").value_or("");
  const std::string_view in_path = match.param("model");
  if (!in_path.empty()) return make_name(in_path, version);
  if (const auto in_query = request.query_value("model")) return make_name(*in_query, version);
  std::vector<std::string> names;
  for (const ModelStatus& status : server_.repository().index()) {
    if (names.empty() || names.back() != status.name) names.push_back(status.name);
  }
  if (names.size() == 1) return make_name(names[0], version);
  if (names.empty()) return unavailable("no model is loaded");
  return invalid_argument("there are several models, name one as in /predict/{}: {}", names[0],
                          join(names, ", "));
}

}  // namespace tern::serve

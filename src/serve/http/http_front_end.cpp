#include "serve/http/http_front_end.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/errors.h"
#include "base/json.h"
#include "base/strings.h"
#include "net/router.h"
#include "serve/http/image_request.h"
#include "serve/http/infer_call.h"
#include "serve/http/infer_request.h"
#include "serve/http/infer_response.h"
#include "serve/http/model_documents.h"
#include "serve/http/page.h"
#include "serve/http/predict_request.h"
#include "serve/http/predict_response.h"
#include "serve/http/status.h"
#include "serve/http/tensorflow.h"
#include "serve/http/work_queue.h"
#include "serve/server.h"
#include "tern/version.h"

namespace tern::serve {
namespace {

using net::HttpReply;
using net::HttpRequest;
using net::HttpResponse;
using net::RouteMatch;

// Bodies with more JSON are read by the work queue.
constexpr std::size_t kInlineBytes = 64 << 10;

enum class Route : std::uint8_t {
  kPage,
  kMetrics,
  kServer,
  kLive,
  kReady,
  kModel,
  kModelReady,
  kModelConfig,
  kStatistics,
  kInfer,
  kPredict,
  kIndex,
  kLoad,
  kUnload,
  kTfStatus,
  kTfMetadata,
  kTfPredict,
};

struct RouteLine {
  std::string_view method;
  std::string_view pattern;
  Route route;
};

constexpr std::array kRoutes{
    RouteLine{"GET", "/", Route::kPage},
    RouteLine{"GET", "/metrics", Route::kMetrics},
    RouteLine{"GET", "/v2", Route::kServer},
    RouteLine{"GET", "/v2/health/live", Route::kLive},
    RouteLine{"GET", "/v2/health/ready", Route::kReady},
    RouteLine{"GET", "/v2/models/{model}[/versions/{version}]", Route::kModel},
    RouteLine{"GET", "/v2/models/{model}[/versions/{version}]/ready", Route::kModelReady},
    RouteLine{"POST", "/v2/models/{model}[/versions/{version}]/infer", Route::kInfer},
    RouteLine{"GET", "/v2/models/{model}[/versions/{version}]/config", Route::kModelConfig},
    RouteLine{"GET", "/v2/models/{model}[/versions/{version}]/stats", Route::kStatistics},
    RouteLine{"GET", "/v2/models/stats", Route::kStatistics},
    RouteLine{"POST", "/v2/repository/index", Route::kIndex},
    RouteLine{"POST", "/v2/repository/models/{model}/load", Route::kLoad},
    RouteLine{"POST", "/v2/repository/models/{model}/unload", Route::kUnload},
    RouteLine{"GET", "/v1/models/{model}[/versions/{version}]", Route::kTfStatus},
    RouteLine{"GET", "/v1/models/{model}[/versions/{version}]/metadata", Route::kTfMetadata},
    RouteLine{"POST", "/v1/models/{model}:predict", Route::kTfPredict},
    RouteLine{"POST", "/v1/models/{model}/versions/{version}:predict", Route::kTfPredict},
    RouteLine{"POST", "/predict[/{model}]", Route::kPredict},
};

// The extensions of the Open Inference Protocol that are there.
constexpr std::array<std::string_view, 6> kExtensions{
    "classification",  "model_configuration", "model_repository",
    "schedule_policy", "statistics",          "binary_tensor_data",
};

HttpResponse json_response(std::string body) {
  HttpResponse response;
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

class HttpFrontEnd final : public FrontEnd {
 public:
  explicit HttpFrontEnd(HttpFrontEndOptions options)
      : options_(std::move(options)), work_(std::max(1, options_.server.io_threads)) {}

  ~HttpFrontEnd() override { (void)stop(std::chrono::milliseconds(0)); }

  Status start(Server& server) override {
    server_ = &server;
    for (const RouteLine& line : kRoutes) {
      TERN_TRY(router_.add(line.method, line.pattern, line.route));
    }
    for (std::size_t i = 0; i < kCounted.size(); ++i) {
      const std::string code = kCounted[i] == 0 ? "other" : std::to_string(kCounted[i]);
      responses_[i] = server.metrics().counter("tern_http_responses_total",
                                               "Answers sent, by HTTP status.", {{"code", code}});
    }
    TERN_ASSIGN_OR_RETURN(http_, net::HttpServer::start(
                                     options_.server, [this](HttpRequest request, HttpReply reply) {
                                       handle(std::move(request), std::move(reply));
                                     }));
    add_connection_metrics();
    return {};
  }

  std::vector<std::string> addresses() const override {
    std::vector<std::string> all;
    for (const std::string& address : http_->addresses()) {
      all.push_back((options_.server.tls ? "https://" : "http://") + address);
    }
    return all;
  }

  Status stop(std::chrono::milliseconds grace) override {
    return http_ == nullptr ? Status() : http_->stop(grace);
  }

 private:
  void handle(HttpRequest request, HttpReply reply) {
    const RouteMatch match = router_.match(request.method, request.path);
    if (match.outcome == RouteMatch::kNotFound) {
      return send(reply, error_response(not_found("there is nothing at {}", request.path)));
    }
    if (match.outcome == RouteMatch::kMethodNotAllowed) {
      HttpResponse response = net::error_response(
          405,
          fmt::format("{} is not for {}, but for {}", request.path, request.method, match.allow));
      response.headers.add("Allow", match.allow);
      return send(reply, std::move(response));
    }
    switch (router_[match]) {
      case Route::kInfer: return infer(match, std::move(request), std::move(reply));
      case Route::kPredict: return predict(match, std::move(request), std::move(reply));
      case Route::kTfPredict: return tf_predict(match, std::move(request), std::move(reply));
      case Route::kLoad:
      case Route::kUnload: return change_repository(match, std::move(request), std::move(reply));
      default: break;
    }
    Result<HttpResponse> response = describe(router_[match], match, request);
    send(reply, response.ok() ? std::move(*response) : error_response(response.status()));
  }

  // The routes that no model has to run for.
  Result<HttpResponse> describe(Route route, const RouteMatch& match, const HttpRequest& request) {
    switch (route) {
      case Route::kPage: return page();
      case Route::kMetrics: return metrics();
      case Route::kServer: return server_metadata();
      case Route::kLive: return json_response(R"({"live":true})");
      case Route::kReady:
        if (!server_->ready()) return unavailable("the server is not ready");
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

  HttpResponse page() const {
    HttpResponse response;
    response.headers.add("Content-Type", "text/html; charset=utf-8");
    response.headers.add("Content-Security-Policy", kPagePolicy);
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.body = write_page(server_->name(), server_->repository());
    return response;
  }

  HttpResponse metrics() const {
    HttpResponse response;
    response.headers.add("Content-Type", Metrics::kContentType);
    response.body = server_->metrics().exposition();
    return response;
  }

  HttpResponse server_metadata() const {
    std::string text;
    JsonWriter json(text);
    json.begin_object();
    json.field("name", std::string_view(server_->name()));
    json.field("version", version());
    json.key("extensions");
    json.begin_array();
    for (const std::string_view extension : kExtensions) json.value(extension);
    json.end_array();
    json.end_object();
    return json_response(std::move(text));
  }

  Result<HttpResponse> model_metadata(const RouteMatch& match) const {
    TERN_ASSIGN_OR_RETURN(const auto model, find_model(match));
    std::vector<std::int64_t> versions;
    for (const ModelStatus& status : server_->repository().index()) {
      if (status.name == model->name() && status.state == ModelState::kReady) {
        versions.push_back(status.version);
      }
    }
    return json_response(write_model_metadata(*model, versions));
  }

  Result<HttpResponse> model_ready(const RouteMatch& match) const {
    TERN_ASSIGN_OR_RETURN(const auto model, find_model(match));
    std::string text;
    JsonWriter json(text);
    json.begin_object();
    json.field("name", std::string_view(model->name()));
    json.field("ready", true);
    json.end_object();
    return json_response(std::move(text));
  }

  Result<HttpResponse> model_config(const RouteMatch& match) const {
    TERN_ASSIGN_OR_RETURN(const auto model, find_model(match));
    return json_response(model->config_json());
  }

  Result<HttpResponse> statistics(const RouteMatch& match) const {
    std::vector<std::shared_ptr<const ServedModel>> models;
    const std::string_view name = match.param("model");
    if (!match.param("version").empty()) {
      TERN_ASSIGN_OR_RETURN(auto model, find_model(match));
      models.push_back(std::move(model));
    } else {
      if (!name.empty()) TERN_TRY(find_model(match).status());
      for (const ModelStatus& status : server_->repository().index()) {
        if (status.model != nullptr && (name.empty() || name == status.name)) {
          models.push_back(status.model);
        }
      }
    }
    return json_response(write_statistics(models));
  }

  Result<HttpResponse> repository_index(const HttpRequest& request) const {
    TERN_ASSIGN_OR_RETURN(const bool ready_only, read_index_request(request.body));
    return json_response(write_repository_index(server_->repository().index(), ready_only));
  }

  Result<HttpResponse> tf_status(const RouteMatch& match) const {
    std::vector<ModelStatus> versions;
    const std::string_view name = match.param("model");
    const std::string_view wanted = match.param("version");
    for (ModelStatus& status : server_->repository().index()) {
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

  Result<HttpResponse> tf_metadata(const RouteMatch& match) const {
    TERN_ASSIGN_OR_RETURN(const auto model, find_model(match));
    return json_response(write_tensorflow_metadata(*model));
  }

  // Loading takes long, and so may the end of what is unloaded.
  void change_repository(const RouteMatch& match, HttpRequest request, HttpReply reply) {
    const bool load = router_[match] == Route::kLoad;
    auto held = std::make_shared<HttpReply>(std::move(reply));
    work_.post([this, load, name = std::string(match.param("model")),
                body = std::move(request.body), held] {
      Repository& repository = server_->repository();
      const auto change = [&]() -> Status {
        if (!load) return repository.unload(name);
        TERN_ASSIGN_OR_RETURN(const LoadRequest wishes, read_load_request(body));
        return repository.load(name, wishes.config);
      };
      const Status status = change();
      send(*held, status.ok() ? HttpResponse() : error_response(status));
    });
  }

  Result<std::shared_ptr<const ServedModel>> find_model(const RouteMatch& match) const {
    return find_model(match.param("model"), match.param("version"));
  }

  Result<std::shared_ptr<const ServedModel>> find_model(std::string_view name,
                                                        std::string_view version) const {
    if (version.empty()) return server_->repository().find(name);
    const std::optional<std::int64_t> number = parse_int(version);
    if (!number) return invalid_argument("version '{}' is no number", version);
    return server_->repository().find(name, *number);
  }

  // The model of /predict: named in the path or the query, else the only one there is.
  Result<std::shared_ptr<const ServedModel>> find_model(const RouteMatch& match,
                                                        const HttpRequest& request) const {
    const std::string_view version = request.query_value("version").value_or("");
    const std::string_view in_path = match.param("model");
    if (!in_path.empty()) return find_model(in_path, version);
    if (const auto in_query = request.query_value("model")) return find_model(*in_query, version);
    std::vector<std::string> names;
    for (const ModelStatus& status : server_->repository().index()) {
      if (names.empty() || names.back() != status.name) names.push_back(status.name);
    }
    if (names.size() == 1) return find_model(names[0], version);
    if (names.empty()) return unavailable("no model is loaded");
    return invalid_argument("there are several models, name one as in /predict/{}: {}", names[0],
                            join(names, ", "));
  }

  // Calls then(model, request, reply) as soon as the model is there: now, or once it is loaded.
  template <class Then>
  void with_model(Result<std::shared_ptr<const ServedModel>> model, const RouteMatch& match,
                  HttpRequest request, HttpReply reply, Then then) {
    if (model.ok()) return then(std::move(*model), std::move(request), std::move(reply));
    const std::string name(match.param("model"));
    if (model.status().code() != StatusCode::kUnavailable || name.empty()) {
      return send(reply, error_response(model.status()));
    }
    struct Held {
      HttpRequest request;
      HttpReply reply;
    };
    auto held = std::make_shared<Held>(Held{std::move(request), std::move(reply)});
    const std::string_view number = match.param("version");
    server_->repository().find_or_load(
        name, number.empty() ? std::nullopt : parse_int(number),
        [this, held, then](Result<std::shared_ptr<const ServedModel>> found) {
          if (!found.ok()) return send(held->reply, error_response(found.status()));
          then(std::move(*found), std::move(held->request), std::move(held->reply));
        });
  }

  void infer(const RouteMatch& match, HttpRequest request, HttpReply reply) {
    with_model(find_model(match), match, std::move(request), std::move(reply),
               [this](std::shared_ptr<const ServedModel> model, HttpRequest asked, HttpReply to) {
                 infer(std::move(model), std::move(asked), std::move(to));
               });
  }

  void infer(std::shared_ptr<const ServedModel> model, HttpRequest request, HttpReply reply) {
    const auto call = begin_call(std::move(model), request, std::move(reply));
    Result<std::optional<std::size_t>> json_bytes = json_length(request);
    if (!json_bytes.ok()) return call->fail(json_bytes.status());
    // Copying takes a small part of the time that reading JSON does.
    const std::size_t binary_bytes = *json_bytes ? request.body.size() - **json_bytes : 0;
    const std::size_t to_read = request.body.size() - binary_bytes / 16 * 15;
    read_body(request, to_read, [this, call, length = *json_bytes](std::string body) {
      Result<std::unique_ptr<InferRequest>> read =
          InferRequest::read(std::move(body), call->model().signature(), parsers_, length);
      if (!read.ok()) return call->fail(read.status());
      const InferRequest& head = **read;
      std::vector<WantedOutput> wanted(head.outputs().begin(), head.outputs().end());
      const bool quick = std::ranges::all_of(
          wanted, [](const WantedOutput& want) { return want.binary && want.classes == 0; });
      const ServedModel& served = call->model();  // lives as long as the call
      call->submit(std::move(*read), {.timeout = head.timeout(), .priority = head.priority()},
                   {.encode =
                        [&served, id = head.id(),
                         wanted = std::move(wanted)](std::span<const Tensor> outputs) {
                          return write_infer_response(served, id, outputs, wanted);
                        },
                    .quick = quick});
    });
  }

  // How much of a body is JSON, when the request says that it is not all.
  static Result<std::optional<std::size_t>> json_length(const HttpRequest& request) {
    constexpr std::string_view kField = "Inference-Header-Content-Length";
    const std::optional<std::string_view> text = request.headers.find(kField);
    if (!text) return std::optional<std::size_t>();
    const std::optional<std::int64_t> length = parse_int(*text);
    if (!length || *length < 0) {
      return invalid_argument("{} is '{}', not a number of bytes", kField, *text);
    }
    if (static_cast<std::uint64_t>(*length) > request.body.size()) {
      return invalid_argument("{} is {}, and the body has {} bytes", kField, *length,
                              request.body.size());
    }
    return std::optional<std::size_t>(static_cast<std::size_t>(*length));
  }

  void tf_predict(const RouteMatch& match, HttpRequest request, HttpReply reply) {
    with_model(find_model(match), match, std::move(request), std::move(reply),
               [this](std::shared_ptr<const ServedModel> model, HttpRequest asked, HttpReply to) {
                 tf_predict(std::move(model), std::move(asked), std::move(to));
               });
  }

  void tf_predict(std::shared_ptr<const ServedModel> model, HttpRequest request, HttpReply reply) {
    const auto call = begin_call(std::move(model), request, std::move(reply));
    read_body(request, request.body.size(), [this, call](std::string body) {
      const ServedModel& served = call->model();
      Result<TensorflowRequest> read =
          read_tensorflow_request(std::move(body), served.signature(), parsers_);
      if (!read.ok()) return call->fail(read.status());
      call->submit(
          std::move(read->body), {},
          {.encode = [&served,
                      rows = read->rows](std::span<const Tensor> outputs) -> Result<HttpResponse> {
            TERN_ASSIGN_OR_RETURN(std::string text, write_tensorflow_answer(served, outputs, rows));
            return json_response(std::move(text));
          }});
    });
  }

  void predict(const RouteMatch& match, HttpRequest request, HttpReply reply) {
    Result<std::shared_ptr<const ServedModel>> model = find_model(match, request);
    with_model(std::move(model), match, std::move(request), std::move(reply),
               [this](std::shared_ptr<const ServedModel> found, HttpRequest asked, HttpReply to) {
                 predict(std::move(found), std::move(asked), std::move(to));
               });
  }

  void predict(std::shared_ptr<const ServedModel> model, HttpRequest request, HttpReply reply) {
    const auto call = begin_call(std::move(model), request, std::move(reply));
    PictureInput pictures{.metadata = call->model().metadata()};
    for (const auto& [name, value] : request.query) {
      if (name == "model" || name == "version") continue;
      if (const Status status = set_image_choice(pictures.choices, name, value); !status.ok()) {
        return call->fail(status);
      }
    }
    const std::size_t to_read = reads_slowly(request.body) ? SIZE_MAX : request.body.size();
    read_body(request, to_read, [this, call, pictures = std::move(pictures)](std::string body) {
      const ServedModel& served = call->model();
      Result<std::unique_ptr<BodyReader>> read =
          read_predict_request(std::move(body), served.signature(), pictures, parsers_);
      if (!read.ok()) return call->fail(read.status());
      call->submit(std::move(*read), {},
                   {.encode = [&served](std::span<const Tensor> outputs) -> Result<HttpResponse> {
                     TERN_ASSIGN_OR_RETURN(std::string text,
                                           write_predict_response(served, outputs));
                     return json_response(std::move(text));
                   }});
    });
  }

  std::shared_ptr<InferCall> begin_call(std::shared_ptr<const ServedModel> model,
                                        const HttpRequest& request, HttpReply reply) {
    return std::make_shared<InferCall>(*server_, work_, send_, std::move(model), std::move(reply),
                                       request.client_left);
  }

  // Calls read(body) here when that is soon done, as by `to_read` bytes of JSON, else on the work
  // queue.
  template <class Read>
  void read_body(HttpRequest& request, std::size_t to_read, Read read) {
    if (to_read <= kInlineBytes) {
      return read(std::move(request.body));
    }
    work_.post([read = std::move(read), body = std::move(request.body)]() mutable {
      read(std::move(body));
    });
  }

  void send(HttpReply& reply, HttpResponse response) {
    std::size_t i = 0;
    while (i + 1 < kCounted.size() && kCounted[i] != response.status) ++i;
    responses_[i].increment();
    reply.send(std::move(response));
  }

  void add_connection_metrics() {
    Metrics& metrics = server_->metrics();
    const auto sample = [this](std::uint64_t net::HttpServerStats::*member) {
      return [this, member] { return static_cast<double>(http_->stats().*member); };
    };
    using Stats = net::HttpServerStats;
    metrics.sampled_gauge("tern_http_connections", "Open HTTP connections.",
                          sample(&Stats::connections_open));
    metrics.sampled_counter("tern_http_connections_total", "HTTP connections accepted.",
                            sample(&Stats::connections_accepted));
    metrics.sampled_counter("tern_http_connections_refused_total",
                            "HTTP connections over the limit.",
                            sample(&Stats::connections_refused));
    metrics.sampled_counter("tern_http_requests_total", "HTTP requests.", sample(&Stats::requests));
    metrics.sampled_counter("tern_http_requests_refused_total",
                            "HTTP requests that were malformed, too large or too slow.",
                            sample(&Stats::requests_refused));
  }

  static constexpr std::array kCounted{200, 400, 404, 405, 499, 500, 501, 503, 504, 0};

  const HttpFrontEndOptions options_;
  Server* server_ = nullptr;
  net::Router<Route> router_;
  JsonParsers parsers_;
  std::array<Counter, kCounted.size()> responses_;
  const SendResponse send_ = [this](HttpReply& reply, HttpResponse response) {
    send(reply, std::move(response));
  };
  WorkQueue work_;
  std::unique_ptr<net::HttpServer> http_;
};

}  // namespace

std::unique_ptr<FrontEnd> make_http_front_end(HttpFrontEndOptions options) {
  return std::make_unique<HttpFrontEnd>(std::move(options));
}

}  // namespace tern::serve

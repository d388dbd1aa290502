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
#include "serve/http/page.h"
#include "serve/http/predict_request.h"
#include "serve/http/predict_response.h"
#include "serve/http/status.h"
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
  kInfer,
  kPredict,
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
    RouteLine{"POST", "/predict[/{model}]", Route::kPredict},
};

// The extensions of the Open Inference Protocol that are there.
constexpr std::array<std::string_view, 2> kExtensions{"classification", "binary_tensor_data"};

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
      default: break;
    }
    Result<HttpResponse> response = describe(router_[match], match);
    send(reply, response.ok() ? std::move(*response) : error_response(response.status()));
  }

  // The routes that no model has to run for.
  Result<HttpResponse> describe(Route route, const RouteMatch& match) {
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
      case Route::kInfer:
      case Route::kPredict: break;
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

  void infer(const RouteMatch& match, HttpRequest request, HttpReply reply) {
    Result<std::shared_ptr<const ServedModel>> model = find_model(match);
    if (!model.ok()) return send(reply, error_response(model.status()));
    const auto call = begin_call(std::move(*model), request, std::move(reply));
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
      call->submit(std::move(*read), head.timeout(),
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

  void predict(const RouteMatch& match, HttpRequest request, HttpReply reply) {
    Result<std::shared_ptr<const ServedModel>> model = find_model(match, request);
    if (!model.ok()) return send(reply, error_response(model.status()));
    const auto call = begin_call(std::move(*model), request, std::move(reply));
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
      call->submit(std::move(*read), std::nullopt,
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

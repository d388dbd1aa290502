#include "serve/http/http_front_end.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/errors.h"
#include "base/strings.h"
#include "net/address.h"
#include "net/router.h"
#include "serve/http/descriptions.h"
#include "serve/http/image_request.h"
#include "serve/http/infer_call.h"
#include "serve/http/infer_request.h"
#include "serve/http/infer_response.h"
#include "serve/http/model_documents.h"
#include "serve/http/predict_request.h"
#include "serve/http/predict_response.h"
#include "serve/http/routes.h"
#include "serve/http/status.h"
#include "serve/http/tensorflow.h"
#include "serve/http/work_queue.h"
#include "serve/server.h"

namespace tern::serve {
namespace {

using net::HttpReply;
using net::HttpRequest;
using net::HttpResponse;
using net::RouteMatch;

// Bodies with more JSON are read by the work queue.
constexpr std::size_t kInlineBytes = 64 << 10;

class HttpFrontEnd final : public FrontEnd {
 public:
  explicit HttpFrontEnd(HttpFrontEndOptions options)
      : options_(std::move(options)), work_(std::max(1, options_.server.io_threads)) {}

  ~HttpFrontEnd() override { (void)stop(std::chrono::milliseconds(0)); }

  Status start(Server& server) override {
    server_ = &server;
    descriptions_.emplace(server);
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
    Result<HttpResponse> response = descriptions_->of(router_[match], match, request);
    send(reply, response.ok() ? std::move(*response) : error_response(response.status()));
  }

  // Loading takes long, and so may the end of what is unloaded: requests do not wait for it.
  void change_repository(const RouteMatch& match, HttpRequest request, HttpReply reply) {
    if (!options_.remote_control && !net::is_loopback(request.remote_address)) {
      return send(reply, error_response(permission_denied(
                             "models are loaded and unloaded from the server's own machine only")));
    }
    const bool load = router_[match] == Route::kLoad;
    auto held = std::make_shared<HttpReply>(std::move(reply));
    control_.post([this, load, name = std::string(match.param("model")),
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

  // Calls `then` as soon as the model is there: now, or once it is loaded.
  using WithModel = void (HttpFrontEnd::*)(ModelPtr, HttpRequest, HttpReply);
  void with_model(const Result<ModelName>& name, HttpRequest request, HttpReply reply,
                  WithModel then) {
    if (!name.ok()) return send(reply, error_response(name.status()));
    Repository& repository = server_->repository();
    Result<ModelPtr> model = repository.find(name->name, name->version);
    if (model.ok()) return (this->*then)(std::move(*model), std::move(request), std::move(reply));
    if (model.status().code() != StatusCode::kUnavailable) {
      return send(reply, error_response(model.status()));
    }
    struct Held {
      HttpRequest request;
      HttpReply reply;
    };
    auto held = std::make_shared<Held>(Held{std::move(request), std::move(reply)});
    repository.find_or_load(name->name, name->version, [this, held, then](Result<ModelPtr> found) {
      if (!found.ok()) return send(held->reply, error_response(found.status()));
      (this->*then)(std::move(*found), std::move(held->request), std::move(held->reply));
    });
  }

  void infer(const RouteMatch& match, HttpRequest request, HttpReply reply) {
    with_model(Descriptions::name_of(match), std::move(request), std::move(reply),
               &HttpFrontEnd::infer);
  }

  void infer(ModelPtr model, HttpRequest request, HttpReply reply) {
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
    with_model(Descriptions::name_of(match), std::move(request), std::move(reply),
               &HttpFrontEnd::tf_predict);
  }

  void tf_predict(ModelPtr model, HttpRequest request, HttpReply reply) {
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
    const Result<ModelName> name = descriptions_->name_of(match, request);
    with_model(name, std::move(request), std::move(reply), &HttpFrontEnd::predict);
  }

  void predict(ModelPtr model, HttpRequest request, HttpReply reply) {
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

  std::shared_ptr<InferCall> begin_call(ModelPtr model, const HttpRequest& request,
                                        HttpReply reply) {
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
  std::optional<Descriptions> descriptions_;  // once started
  net::Router<Route> router_;
  JsonParsers parsers_;
  std::array<Counter, kCounted.size()> responses_;
  const SendResponse send_ = [this](HttpReply& reply, HttpResponse response) {
    send(reply, std::move(response));
  };
  WorkQueue work_;
  WorkQueue control_{1};  // changes of the repository: they take long
  std::unique_ptr<net::HttpServer> http_;
};

}  // namespace

std::unique_ptr<FrontEnd> make_http_front_end(HttpFrontEndOptions options) {
  return std::make_unique<HttpFrontEnd>(std::move(options));
}

}  // namespace tern::serve

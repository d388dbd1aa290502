#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <thread>

#include "base/errors.h"
#include "base/log.h"
#include "base/strings.h"
#include "command.h"
#include "net/signals.h"
#include "serve/http/http_front_end.h"
#include "serve/server.h"

namespace tern::app {
namespace {

struct ServeArguments {
  serve::ServerOptions server;
  serve::HttpFrontEndOptions http;
  std::string http_address = "127.0.0.1:8000";
  std::string versions = "latest";
  std::string log_level = "info";
  std::string certificate;
  std::string key;
  std::int64_t max_body_mb = 64;
  std::int64_t max_header_kb = 32;
  std::int64_t max_queue_mb = 1024;
  std::int64_t request_timeout_ms = 30'000;
  std::int64_t idle_timeout_ms = 75'000;
  std::int64_t batch_delay_us = 2'000;
  std::int64_t grace_ms = 30'000;
  std::string control = "none";
  std::int64_t poll_ms = 15'000;
  std::int64_t load_wait_ms = 30'000;
};

Status apply(ServeArguments& arguments) {
  const std::optional<LogLevel> level = parse_log_level(arguments.log_level);
  if (!level) return invalid_argument("--log-level: there is no level '{}'", arguments.log_level);
  set_log_level(*level);
  net::HttpServerOptions& http = arguments.http.server;
  http.addresses = {arguments.http_address};
  http.max_body_bytes = static_cast<std::size_t>(arguments.max_body_mb) << 20;
  http.max_header_bytes = static_cast<std::size_t>(arguments.max_header_kb) << 10;
  http.idle_timeout = std::chrono::milliseconds(arguments.idle_timeout_ms);
  if (arguments.certificate.empty() != arguments.key.empty()) {
    return invalid_argument("--tls-certificate and --tls-key belong together");
  }
  if (!arguments.certificate.empty()) http.tls = {arguments.certificate, arguments.key};
  serve::ServerOptions& server = arguments.server;
  server.request_timeout = std::chrono::milliseconds(arguments.request_timeout_ms);
  server.repository.versions =
      arguments.versions == "all" ? serve::VersionPolicy::kAll : serve::VersionPolicy::kLatest;
  serve::RepositoryOptions& repository = server.repository;
  repository.control = arguments.control == "poll"       ? serve::ModelControl::kPoll
                       : arguments.control == "explicit" ? serve::ModelControl::kExplicit
                                                         : serve::ModelControl::kNone;
  repository.poll = std::chrono::milliseconds(arguments.poll_ms);
  repository.load_wait = std::chrono::milliseconds(arguments.load_wait_ms);
  if (!repository.startup.empty() && repository.control != serve::ModelControl::kExplicit) {
    return invalid_argument("--load-model is for --model-control explicit");
  }
  serve::BatcherOptions& batcher = server.repository.model.scheduler.batcher;
  batcher.join = batcher.max_rows > 1;
  batcher.max_hold = std::chrono::microseconds(arguments.batch_delay_us);
  batcher.max_bytes = static_cast<std::size_t>(arguments.max_queue_mb) << 20;
  batcher.spare_batches = static_cast<std::size_t>(server.repository.model.scheduler.instances) + 1;
  return {};
}

Status serve(ServeArguments& arguments) {
  TERN_TRY(apply(arguments));
  std::vector<std::unique_ptr<serve::FrontEnd>> front_ends;
  front_ends.push_back(serve::make_http_front_end(arguments.http));
  TERN_ASSIGN_OR_RETURN(auto server, serve::Server::start(arguments.server, std::move(front_ends)));
  net::TerminationSignals signals;
  fmt::print("ready {}\n", join(server->addresses(), " "));
  std::fflush(stdout);
  const int signal = signals.wait();
  log_info("signal {}: stopping", signal);
  return server->stop(std::chrono::milliseconds(arguments.grace_ms));
}

void add_limits(CLI::App& command, ServeArguments& arguments) {
  serve::SchedulerOptions& scheduler = arguments.server.repository.model.scheduler;
  net::HttpServerOptions& http = arguments.http.server;
  const auto limit = [&command](const char* name, auto& value, const char* help, double low,
                                double high) {
    command.add_option(name, value, help)->check(CLI::Range(low, high))->capture_default_str();
  };
  constexpr double kDayMs = 86'400'000;
  limit("--max-batch", scheduler.batcher.max_rows, "rows that are joined into one run; 1: none", 1,
        65'536);
  limit("--batch-delay-us", arguments.batch_delay_us,
        "longest wait for more rows, right after a run only", 0, 1e6);
  limit("--instances", scheduler.instances, "runs of one model at the same time", 1, 256);
  limit("--max-queue", scheduler.batcher.max_requests, "requests per model that may wait", 1, 1e6);
  limit("--max-queue-mb", arguments.max_queue_mb, "and MiB of their inputs", 1, 1e6);
  limit("--max-body-mb", arguments.max_body_mb, "largest request body in MiB", 1, 65'536);
  limit("--max-header-kb", arguments.max_header_kb, "largest request head in KiB", 1, 1024);
  limit("--max-connections", http.max_connections, "open connections", 1, 1e6);
  limit("--request-timeout-ms", arguments.request_timeout_ms,
        "a request's longest time from arrival to answer; 0: none", 0, kDayMs);
  limit("--run-time-limit-ms", arguments.server.repository.model.time_limit_ms,
        "longest run of a model, looked at between its steps; 0: no limit", 0, kDayMs);
  limit("--idle-timeout-ms", arguments.idle_timeout_ms, "between two requests on a connection", 1,
        kDayMs);
  limit("--poll-ms", arguments.poll_ms, "of poll control: between two looks at the folder", 10,
        kDayMs);
  limit("--load-wait-ms", arguments.load_wait_ms,
        "of lazy models: a request's longest wait for the model to be loaded", 1, kDayMs);
  limit("--grace-ms", arguments.grace_ms, "for requests under way when the server stops", 0,
        kDayMs);
}

}  // namespace

void add_serve(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ServeArguments>();
  serve::ServerOptions& server = arguments->server;
  net::HttpServerOptions& http = arguments->http.server;
  http.io_threads = std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / 2, 1, 8);
  CLI::App* command = app.add_subcommand("serve", "serve models over HTTP");
  command
      ->add_option("--models", server.repository.path,
                   "a model file, or a folder with NAME.onnx or NAME/VERSION/model.onnx")
      ->required();
  command->add_option("--http", arguments->http_address, "HOST:PORT; port 0 takes a free one")
      ->capture_default_str();
  command->add_option("--versions", arguments->versions, "which versions of a model to load")
      ->check(CLI::IsMember({"latest", "all"}))
      ->capture_default_str();
  command
      ->add_option(
          "--model-control", arguments->control,
          "none: all models, once; poll: the folder is looked at again and again; explicit: "
          "clients load and unload")
      ->check(CLI::IsMember({"none", "poll", "explicit"}))
      ->capture_default_str();
  command->add_option(
      "--load-model", server.repository.startup,
      "of explicit control: a model to load at the start, or \"*\"; may be repeated");
  command->add_flag("--remote-control", arguments->http.remote_control,
                    "of explicit control: clients on other machines load and unload too");
  command->add_flag("--lazy", server.repository.lazy,
                    "load a model when the first request for it comes");
  command->add_option("--threads", server.threads, "threads of one run; 0: one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  add_precision_option(*command, server.repository.model.precision);
  command->add_option("--io-threads", http.io_threads, "threads for connections")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  add_limits(*command, *arguments);
  command
      ->add_option("--memory-limit", server.repository.model.memory_limit,
                   "most bytes that each model may hold, such as 512MB; 0: no limit")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false));
  command->add_flag("--allow-failed-models", server.allow_failed_models,
                    "serve the others when some models do not load");
  command->add_option("--tls-certificate", arguments->certificate, "PEM file; serves https");
  command->add_option("--tls-key", arguments->key, "PEM file");
  command->add_option("--name", server.name, "the server's name in /v2")->capture_default_str();
  command
      ->add_option("--log-level", arguments->log_level, "trace, debug, info, warning, error, off")
      ->capture_default_str();
  command->footer(
      "Prints a line that begins with \"ready\" and names the bound addresses. SIGTERM and SIGINT\n"
      "end it once what has arrived is answered; a second one ends it at once.\n"
      "Examples:\n"
      "  tern serve --models digits.onnx --http 127.0.0.1:8000\n"
      "  tern serve --models repository --http 0.0.0.0:8000 --max-batch 64\n"
      "  tern serve --models repository --model-control explicit --load-model digits");
  command->callback([arguments, &action] {
    action = [arguments] {
      const Status status = serve(*arguments);
      return status.ok() ? kSuccess : fail(status);
    };
  });
}

}  // namespace tern::app

#include "serve/server.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace tern::serve {
namespace {

RepositoryOptions with_pool(const ServerOptions& options) {
  RepositoryOptions repository = options.repository;
  if (repository.model.pool == nullptr) {
    repository.model.pool = std::make_shared<ThreadPool>(options.threads);
  }
  return repository;
}

}  // namespace

Server::Server(ServerOptions options, std::vector<std::unique_ptr<FrontEnd>> front_ends)
    : options_(std::move(options)),
      repository_(with_pool(options_), clock_, metrics_),
      front_ends_(std::move(front_ends)) {
  add_process_metrics(metrics_);
  metrics_.sampled_gauge("tern_server_ready", "1 when the server takes requests, else 0.",
                         [this] { return ready() ? 1.0 : 0.0; });
}

Server::~Server() { (void)stop(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<Server>> Server::start(ServerOptions options,
                                              std::vector<std::unique_ptr<FrontEnd>> front_ends) {
  std::unique_ptr<Server> server(new Server(std::move(options), std::move(front_ends)));
  Status status = server->start();
  if (!status.ok()) return status;
  return server;
}

Status Server::start() {
  for (const auto& front_end : front_ends_) {
    Status status = front_end->start(*this);
    if (!status.ok()) return status;
    ++started_;
  }
  Status status = repository_.load_all();
  const std::vector<ModelStatus> models = repository_.index();
  const bool some = std::ranges::any_of(
      models, [](const ModelStatus& model) { return model.state == ModelState::kReady; });
  if (!status.ok() && !(options_.allow_failed_models && some)) return status;
  ready_ = true;
  return {};
}

std::vector<std::string> Server::addresses() const {
  std::vector<std::string> all;
  for (const auto& front_end : front_ends_) {
    std::ranges::move(front_end->addresses(), std::back_inserter(all));
  }
  return all;
}

bool Server::ready() const { return ready_; }

Status Server::stop(std::chrono::milliseconds grace) {
  if (stopped_.exchange(true)) return {};
  ready_ = false;
  Status first;
  for (std::size_t i = 0; i < started_; ++i) {
    Status status = front_ends_[i]->stop(grace);
    if (first.ok()) first = std::move(status);
  }
  repository_.close();
  return first;
}

Clock::TimePoint Server::deadline(Clock::TimePoint arrived,
                                  std::optional<Clock::Duration> timeout) const {
  const Clock::Duration own = options_.request_timeout;
  const bool limited = own > Clock::Duration::zero();
  if (!timeout && !limited) return Clock::TimePoint::max();
  Clock::Duration shorter = timeout.value_or(own);
  if (limited) shorter = std::min(shorter, own);
  return arrived + shorter;
}

}  // namespace tern::serve

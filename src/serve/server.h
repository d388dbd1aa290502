// Server: models, metrics and front ends, and the life of all of them.
//
//   std::vector<std::unique_ptr<FrontEnd>> front_ends;
//   front_ends.push_back(make_http_front_end({.server = {.addresses = {"0.0.0.0:8000"}}}));
//   TERN_ASSIGN_OR_RETURN(auto server, Server::start({.repository = {.path = "models"}},
//                                                    std::move(front_ends)));
//   wait_for_termination();
//   Status status = server->stop(std::chrono::seconds(30));
//
// start -> front ends listen, models load -> ready -> stop: not ready -> front ends answer what has
// arrived and close -> models answer what is queued and close. All methods may be called from any
// thread.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "serve/front_end.h"
#include "serve/metrics/metrics.h"
#include "serve/repository/repository.h"

namespace tern::serve {

struct ServerOptions {
  /// What clients see as the server's name.
  std::string name = "tern";
  /// Threads that one run of a model uses; 0 means one per core.
  int threads = 0;
  /// Serve what loads although some models fail. Otherwise the server does not start.
  bool allow_failed_models = false;
  /// How long a request may take, waiting and running; 0 means as long as it takes.
  std::chrono::milliseconds request_timeout{30'000};
  /// `repository.model.pool` is made from `threads` unless given.
  RepositoryOptions repository = {};
};

class Server {
 public:
  /// Starts the front ends, then loads the models. Nothing of it is left after a failure.
  static Result<std::unique_ptr<Server>> start(ServerOptions options,
                                               std::vector<std::unique_ptr<FrontEnd>> front_ends);
  /// Stops without grace if stop() was not called.
  ~Server();

  /// The addresses of all front ends.
  std::vector<std::string> addresses() const;
  /// Every request is going to find its model: all models are loaded and nothing is stopping. With
  /// allow_failed_models the failed ones do not count.
  bool ready() const;
  /// Ends everything in order. The first failure of a front end; the rest is done all the same. A
  /// second call does nothing.
  Status stop(std::chrono::milliseconds grace);

  // For front ends.
  const std::string& name() const { return options_.name; }
  Repository& repository() { return repository_; }
  const Repository& repository() const { return repository_; }
  Metrics& metrics() { return metrics_; }
  const Metrics& metrics() const { return metrics_; }
  Clock& clock() { return clock_; }
  /// The deadline of a request that came at `arrived` and may take `timeout`, or the server's own
  /// timeout when that is shorter or none is given.
  Clock::TimePoint deadline(Clock::TimePoint arrived,
                            std::optional<Clock::Duration> timeout = {}) const;

 private:
  Server(ServerOptions options, std::vector<std::unique_ptr<FrontEnd>> front_ends);
  Status start();

  const ServerOptions options_;
  SystemClock clock_;
  Metrics metrics_;
  Repository repository_;
  std::vector<std::unique_ptr<FrontEnd>> front_ends_;
  std::size_t started_ = 0;  // front ends
  std::atomic<bool> ready_{false};
  std::atomic<bool> stopped_{false};
};

}  // namespace tern::serve

// ModelMetrics: what is counted for one version of one model, under Triton's names
// (nv_inference_*), so that existing dashboards work, and under tern's own.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "serve/metrics/metrics.h"
#include "serve/metrics/model_statistics.h"
#include "tern/status.h"

namespace tern::serve {

class ModelMetrics {
 public:
  using Duration = std::chrono::steady_clock::duration;

  /// Counts nothing.
  ModelMetrics() = default;
  /// `metrics` must outlive this.
  ModelMetrics(Metrics& metrics, const std::string& model, const std::string& version);

  /// A request for this model has come and will be answered.
  void request_began() const { in_flight_.add(1); }
  /// It has been answered; `elapsed` from its arrival on.
  void request_ended(StatusCode code, Duration elapsed) const;
  /// A request has gone from the queue into a run after `waited`.
  void left_queue(Duration waited) const;
  /// One run of the model over `rows` rows of `requests` requests.
  void ran(std::size_t requests, std::int64_t rows, Duration elapsed) const;
  /// Time that one request's inputs took to be read, and its outputs to be written.
  void decoded(Duration elapsed) const;
  void encoded(Duration elapsed) const;
  /// Requests that wait for a run now.
  void waiting(std::size_t requests) const { pending_.set(static_cast<double>(requests)); }
  void loaded(bool ready, Duration load_time) const;
  void unloaded() const { ready_.set(0); }

  /// The same counts since this object was made; all 0 for one that counts nothing.
  ModelStatistics::Snapshot statistics() const;

 private:
  Metrics* metrics_ = nullptr;
  std::shared_ptr<ModelStatistics> statistics_;  // null with metrics_
  Labels labels_;
  Counter success_, failure_, rows_, runs_;
  Counter request_us_, queue_us_, input_us_, run_us_, output_us_;
  Gauge pending_, in_flight_, ready_, load_seconds_;
  Histogram request_seconds_, queue_seconds_, run_seconds_, batch_rows_;
};

}  // namespace tern::serve

#include "serve/metrics/model_statistics.h"

namespace tern::serve {

void ModelStatistics::request_ended(bool ok, Duration elapsed) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const MutexLock lock(mu_);
  all_.last_request_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  (ok ? all_.success : all_.failure).add(1, elapsed);
}

void ModelStatistics::left_queue(Duration waited) {
  const MutexLock lock(mu_);
  all_.queue.add(1, waited);
}

void ModelStatistics::ran(std::size_t requests, std::int64_t rows, Duration elapsed) {
  const MutexLock lock(mu_);
  ++all_.runs;
  all_.rows += static_cast<std::uint64_t>(rows);
  all_.infer.add(requests, elapsed);
  all_.runs_of_rows[rows].add(1, elapsed);
}

void ModelStatistics::decoded(Duration elapsed) {
  const MutexLock lock(mu_);
  all_.input.add(1, elapsed);
}

void ModelStatistics::encoded(Duration elapsed) {
  const MutexLock lock(mu_);
  all_.output.add(1, elapsed);
}

ModelStatistics::Snapshot ModelStatistics::snapshot() const {
  const MutexLock lock(mu_);
  return all_;
}

}  // namespace tern::serve

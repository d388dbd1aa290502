// ModelStatistics: how often and for how long, since one version of a model was loaded: what the
// statistics extension of the Open Inference Protocol tells.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

#include "base/mutex.h"

namespace tern::serve {

struct Spent {
  std::uint64_t count = 0;
  std::uint64_t ns = 0;

  void add(std::uint64_t times, std::chrono::nanoseconds elapsed) {
    count += times;
    ns += times * static_cast<std::uint64_t>(elapsed.count());
  }
};

/// Safe to use from many threads.
class ModelStatistics {
 public:
  using Duration = std::chrono::nanoseconds;

  struct Snapshot {
    std::int64_t last_request_ms = 0;  ///< since 1970 (UTC); 0: there was none
    std::uint64_t rows = 0;
    std::uint64_t runs = 0;
    Spent success, failure;             ///< of requests, from arrival to answer
    Spent queue, input, infer, output;  ///< of requests, in their stations
    std::map<std::int64_t, Spent> runs_of_rows;
  };

  void request_ended(bool ok, Duration elapsed);
  void left_queue(Duration waited);
  void ran(std::size_t requests, std::int64_t rows, Duration elapsed);
  void decoded(Duration elapsed);
  void encoded(Duration elapsed);

  Snapshot snapshot() const;

 private:
  mutable Mutex mu_;
  Snapshot all_ TERN_GUARDED_BY(mu_);
};

}  // namespace tern::serve

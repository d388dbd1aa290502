// Clock: time as an interface, so that timeouts, queues and progress bars are tested without
// waiting. Programs use SystemClock, tests FakeClock (tests/support/fake_clock.h). Clocks are
// passed in.
#pragma once

#include <chrono>
#include <stop_token>

#include "base/mutex.h"

namespace tern {

/// Safe to use from many threads at once.
class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;
  using WallTime = std::chrono::system_clock::time_point;

  virtual ~Clock() = default;

  /// Monotonic: for intervals and deadlines.
  virtual TimePoint now() const = 0;
  /// Time of day (UTC), which may jump: for time stamps only.
  virtual WallTime wall_now() const = 0;
  /// Sleeps until `deadline` or a stop request. Returns false when stop was requested.
  virtual bool sleep_until(TimePoint deadline, std::stop_token stop) = 0;
  /// CondVar::wait_until by this clock: returns false when `deadline` has passed. May wake early,
  /// so test the condition in a loop.
  virtual bool wait_until(CondVar& changed, Mutex& mu, TimePoint deadline) TERN_REQUIRES(mu) = 0;

  bool sleep_for(Duration duration, std::stop_token stop = {}) {
    return sleep_until(now() + duration, std::move(stop));
  }
};

/// The machine's clocks. Holds no state: make one wherever a Clock is needed.
class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
  WallTime wall_now() const override;
  bool sleep_until(TimePoint deadline, std::stop_token stop) override;
  bool wait_until(CondVar& changed, Mutex& mu, TimePoint deadline) override TERN_REQUIRES(mu);
};

}  // namespace tern

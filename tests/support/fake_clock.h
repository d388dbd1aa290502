// FakeClock: a Clock that stands still until the test moves it.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "base/clock.h"

namespace tern::testing {

/// Starts at one hour (steady) and 2020-01-01 00:00 UTC (wall). Sleepers look at the fake time
/// every millisecond of real time, so no notification can be lost between a test and the code it
/// drives.
class FakeClock final : public Clock {
 public:
  /// Moves both clocks forward.
  void advance(Duration step) { elapsed_ += step.count(); }
  /// How many threads sleep or wait on this clock now: lets a test advance at the right moment.
  int sleepers() const { return sleepers_; }
  /// Returns once at least `count` threads sleep on this clock.
  void await_sleepers(int count) const {
    while (sleepers_ < count) std::this_thread::sleep_for(kPoll);
  }

  TimePoint now() const override { return TimePoint(std::chrono::hours(1)) + elapsed(); }
  WallTime wall_now() const override {
    return WallTime(std::chrono::seconds(1'577'836'800)) +
           std::chrono::duration_cast<WallTime::duration>(elapsed());
  }
  bool sleep_until(TimePoint deadline, std::stop_token stop) override {
    sleepers_++;
    while (!stop.stop_requested() && now() < deadline) std::this_thread::sleep_for(kPoll);
    sleepers_--;
    return !stop.stop_requested();
  }
  bool wait_until(CondVar& changed, Mutex& mu, TimePoint deadline) override TERN_REQUIRES(mu) {
    sleepers_++;
    if (now() < deadline) changed.wait_until(mu, std::chrono::steady_clock::now() + kPoll);
    sleepers_--;
    return now() < deadline;
  }

 private:
  static constexpr std::chrono::milliseconds kPoll{1};

  Duration elapsed() const { return Duration(elapsed_); }

  std::atomic<Duration::rep> elapsed_{0};
  std::atomic<int> sleepers_{0};
};

}  // namespace tern::testing

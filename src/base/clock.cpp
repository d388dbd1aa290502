#include "base/clock.h"

namespace tern {

Clock::TimePoint SystemClock::now() const { return std::chrono::steady_clock::now(); }

Clock::WallTime SystemClock::wall_now() const { return std::chrono::system_clock::now(); }

bool SystemClock::sleep_until(TimePoint deadline, std::stop_token stop) {
  Mutex mu;
  CondVar never_notified;
  const MutexLock lock(mu);
  while (!stop.stop_requested() && now() < deadline) never_notified.wait_until(mu, deadline, stop);
  return !stop.stop_requested();
}

bool SystemClock::wait_until(CondVar& changed, Mutex& mu, TimePoint deadline) {
  return changed.wait_until(mu, deadline);
}

}  // namespace tern

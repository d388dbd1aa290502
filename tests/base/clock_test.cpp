#include "base/clock.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/fake_clock.h"

namespace tern {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::FakeClock;

TEST(SystemClock, SleepsAtLeastTheTimeAsked) {
  SystemClock clock;
  const Clock::TimePoint before = clock.now();
  EXPECT_TRUE(clock.sleep_for(milliseconds(3)));
  EXPECT_GE(clock.now() - before, milliseconds(3));
}

TEST(SystemClock, AStopRequestEndsTheSleep) {
  SystemClock clock;
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  EXPECT_FALSE(clock.sleep_for(hours(1), source.get_token()));
}

TEST(FakeClock, StandsStillUntilItIsMoved) {
  FakeClock clock;
  const Clock::TimePoint before = clock.now();
  const Clock::WallTime wall = clock.wall_now();
  EXPECT_EQ(clock.now(), before);
  clock.advance(hours(2));
  EXPECT_EQ(clock.now() - before, hours(2));
  EXPECT_EQ(clock.wall_now() - wall, hours(2));
}

TEST(FakeClock, MovingItWakesSleepersAndWaiters) {
  FakeClock clock;
  bool slept = false;
  std::jthread sleeper([&] { slept = clock.sleep_for(hours(1)); });
  std::jthread waiter([&] {
    Mutex mu;
    CondVar never;
    const MutexLock lock(mu);
    const Clock::TimePoint deadline = clock.now() + hours(1);
    while (clock.wait_until(never, mu, deadline)) {
    }
  });
  clock.await_sleepers(2);
  clock.advance(hours(1));
  sleeper.join();
  waiter.join();
  EXPECT_TRUE(slept);
}

}  // namespace
}  // namespace tern

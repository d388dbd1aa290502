#include "base/mutex.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace tern {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST(Mutex, ExcludesOtherThreads) {
  Mutex mu;
  int count = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) {
          const MutexLock lock(mu);
          ++count;
        }
      });
    }
  }
  EXPECT_EQ(count, 4000);
}

TEST(CondVar, WakesTheWaiterThatIsNotified) {
  Mutex mu;
  CondVar changed;
  bool ready = false;
  std::jthread notifier([&] {
    const MutexLock lock(mu);
    ready = true;
    changed.notify_one();
  });
  const MutexLock lock(mu);
  while (!ready) changed.wait(mu);
  EXPECT_TRUE(ready);
}

TEST(CondVar, AStopRequestWakesTheWaiter) {
  Mutex mu;
  CondVar never;
  std::stop_source source;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(milliseconds(5));
    source.request_stop();
  });
  const MutexLock lock(mu);
  while (never.wait(mu, source.get_token())) {
  }
  EXPECT_FALSE(never.wait(mu, source.get_token()));
  EXPECT_FALSE(
      never.wait_until(mu, steady_clock::now() + std::chrono::hours(1), source.get_token()));
}

TEST(CondVar, ADeadlineEndsTheWait) {
  Mutex mu;
  CondVar never;
  const MutexLock lock(mu);
  const auto deadline = steady_clock::now() + milliseconds(5);
  while (never.wait_until(mu, deadline)) {
  }
  EXPECT_GE(steady_clock::now(), deadline);
  EXPECT_FALSE(never.wait_until(mu, deadline, std::stop_token()));
}

}  // namespace
}  // namespace tern

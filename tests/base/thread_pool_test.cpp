#include "tern/thread_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace tern {
namespace {

TEST(ThreadPool, ZeroMeansOnePerCore) {
  const ThreadPool pool(0);
  EXPECT_EQ(pool.size(), std::max(1u, std::thread::hardware_concurrency()));
}

// Waits for up to a minute, which only a broken pool takes.
template <class Ready>
bool comes_true(Ready ready) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!ready()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(ThreadPool, RunsTheJobOncePerPart) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    std::vector<std::atomic<int>> calls(static_cast<std::size_t>(threads));
    std::thread::id first;
    pool.run([&](int thread, int of) {
      EXPECT_EQ(of, threads);
      calls[static_cast<std::size_t>(thread)]++;
      if (thread == 0) first = std::this_thread::get_id();
    });
    for (const auto& n : calls) EXPECT_EQ(n, 1);
    EXPECT_EQ(first, std::this_thread::get_id());
  }
}

// Not what a job may do: the caller's part ends when all others have begun, so that every worker
// has to take its own.
TEST(ThreadPool, WorkersTakePartsAtTheSameTime) {
  for (const int threads : {2, 3, 8}) {
    ThreadPool pool(threads);
    std::atomic<int> begun{0};
    std::vector<std::thread::id> ids(static_cast<std::size_t>(threads));
    pool.run([&](int thread, int) {
      ids[static_cast<std::size_t>(thread)] = std::this_thread::get_id();
      ++begun;
      if (thread == 0) {
        EXPECT_TRUE(comes_true([&] { return begun == threads; }));
      }
    });
    EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), ids.size());
  }
}

TEST(ThreadPool, ReturnsOnlyWhenAllPartsAreDone) {
  ThreadPool pool(3);
  std::vector<int> slow(3, 0);  // not atomic: run() must order the writes before its return
  pool.run([&](int thread, int) {
    if (thread != 0) std::this_thread::sleep_for(std::chrono::milliseconds(3));
    slow[static_cast<std::size_t>(thread)] = 1;
  });
  EXPECT_EQ(std::accumulate(slow.begin(), slow.end(), 0), 3);
}

TEST(ThreadPool, ManyShortJobsLoseNothing) {
  ThreadPool pool(4);
  std::vector<std::int64_t> sums(4, 0);
  constexpr int kJobs = 300;
  for (int i = 0; i < kJobs; ++i) {
    pool.run([&](int thread, int) { sums[static_cast<std::size_t>(thread)] += i; });
  }
  for (const std::int64_t sum : sums) EXPECT_EQ(sum, std::int64_t{kJobs} * (kJobs - 1) / 2);
}

TEST(ThreadPool, WakesParkedWorkers) {
  ThreadPool pool(3);
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // longer than workers spin
    std::atomic<int> begun{0};
    pool.run([&](int thread, int) {
      ++begun;
      if (thread == 0) {
        EXPECT_TRUE(comes_true([&] { return begun == 3; }));
      }
    });
  }
}

// Gaps around the moment of parking, where a lost wake-up would hang the test.
TEST(ThreadPool, LosesNoWakeUpWhileWorkersFallAsleep) {
  ThreadPool pool(2);
  int calls = 0;
  for (int i = 0; i < 200; ++i) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(70 + i % 60);
    while (std::chrono::steady_clock::now() < until) {
    }
    std::atomic<bool> begun{false};
    pool.run([&](int thread, int) {
      if (thread == 1) {
        ++calls;
        begun = true;
      } else {
        EXPECT_TRUE(comes_true([&] { return begun.load(); }));
      }
    });
  }
  EXPECT_EQ(calls, 200);
}

TEST(ThreadPool, NestedRunExecutesAllPartsOnTheCallingThread) {
  ThreadPool pool(3);
  std::atomic<int> inner_calls{0};
  std::atomic<int> strangers{0};
  pool.run([&](int, int) {
    const std::thread::id outer = std::this_thread::get_id();
    pool.run([&](int, int) {
      inner_calls++;
      if (std::this_thread::get_id() != outer) strangers++;
    });
  });
  EXPECT_EQ(inner_calls, 9);
  EXPECT_EQ(strangers, 0);
}

TEST(ThreadPool, ConcurrentCallersAllComplete) {
  ThreadPool pool(3);
  constexpr int kCallers = 4;
  constexpr int kJobs = 500;
  std::atomic<int> calls{0};
  std::vector<std::jthread> callers;
  for (int c = 0; c < kCallers; ++c) {
    callers.emplace_back([&] {
      for (int i = 0; i < kJobs; ++i) {
        std::vector<int> parts(3, 0);
        pool.run([&](int thread, int) { parts[static_cast<std::size_t>(thread)]++; });
        if (parts == std::vector<int>(3, 1)) calls++;
      }
    });
  }
  callers.clear();
  EXPECT_EQ(calls, kCallers * kJobs);
}

TEST(ThreadPool, IsDestroyedWhileSpinningAndWhileParked) {
  for (int i = 0; i < 50; ++i) {
    ThreadPool pool(3);
    if (i % 2 == 0) pool.run([](int, int) {});
    if (i % 5 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

using Range = std::pair<std::int64_t, std::int64_t>;

std::set<Range> ranges_of(ThreadPool& pool, std::int64_t count, std::int64_t grain) {
  std::mutex mu;
  std::set<Range> ranges;
  pool.parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::lock_guard lock(mu);
    ranges.emplace(begin, end);
  });
  return ranges;
}

TEST(ThreadPoolParallelFor, SplitsEvenlyAndCompletely) {
  ThreadPool pool(3);
  EXPECT_EQ(ranges_of(pool, 10, 1), (std::set<Range>{{0, 4}, {4, 7}, {7, 10}}));
  EXPECT_EQ(ranges_of(pool, 3, 1), (std::set<Range>{{0, 1}, {1, 2}, {2, 3}}));
}

TEST(ThreadPoolParallelFor, RespectsTheGrain) {
  ThreadPool pool(3);
  EXPECT_EQ(ranges_of(pool, 9, 4), (std::set<Range>{{0, 5}, {5, 9}}));
  EXPECT_EQ(ranges_of(pool, 7, 4), (std::set<Range>{{0, 7}}));
  EXPECT_EQ(ranges_of(pool, 2, 0), (std::set<Range>{{0, 1}, {1, 2}}));
}

TEST(ThreadPoolParallelFor, NothingToDoCallsNothing) {
  ThreadPool pool(2);
  EXPECT_TRUE(ranges_of(pool, 0, 1).empty());
  EXPECT_TRUE(ranges_of(pool, -5, 1).empty());
}

TEST(ThreadPoolParallelFor, HugeCountsDoNotOverflow) {
  ThreadPool pool(3);
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  const std::set<Range> ranges = ranges_of(pool, huge, 1);
  EXPECT_EQ(ranges.size(), 3u);
  EXPECT_EQ(ranges.rbegin()->second, huge);
}

}  // namespace
}  // namespace tern

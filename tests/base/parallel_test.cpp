#include "tern/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.h"

namespace tern {
namespace {

TEST(ParallelFor, VisitsEveryIndexOnce) {
  ThreadPool pool(3);
  for (const Schedule schedule : {Schedule::kStatic, Schedule::kDynamic}) {
    for (const std::int64_t count : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count));
      parallel_for(pool, count, [&](std::int64_t i) { visits[static_cast<std::size_t>(i)]++; },
                   {.grain = 3, .schedule = schedule});
      for (const auto& n : visits) EXPECT_EQ(n, 1);
    }
  }
}

TEST(ParallelFor, TakesABodyForRanges) {
  ThreadPool pool(2);
  std::atomic<std::int64_t> covered{0};
  parallel_for(pool, 100, [&](std::int64_t begin, std::int64_t end) { covered += end - begin; });
  EXPECT_EQ(covered, 100);
}

TEST(ParallelFor, DynamicPiecesAreNoLargerThanTheGrain) {
  ThreadPool pool(2);
  std::atomic<std::int64_t> largest{0};
  std::atomic<int> pieces{0};
  parallel_for(pool, 10,
               [&](std::int64_t begin, std::int64_t end) {
                 largest = std::max<std::int64_t>(largest, end - begin);
                 pieces++;
               },
               {.grain = 4, .schedule = Schedule::kDynamic});
  EXPECT_EQ(largest, 4);
  EXPECT_EQ(pieces, 3);
}

TEST(ParallelReduce, AddsUp) {
  ThreadPool pool(3);
  for (const std::int64_t n : {0, 1, 2, 63, 64, 65, 100'000}) {
    const auto sum_range = [](std::int64_t begin, std::int64_t end) {
      std::int64_t sum = 0;
      for (std::int64_t i = begin; i < end; ++i) sum += i;
      return sum;
    };
    EXPECT_EQ(parallel_reduce(pool, n, std::int64_t{0}, sum_range, std::plus<>()), n * (n - 1) / 2);
  }
}

TEST(ParallelReduce, CombinesInOrder) {
  ThreadPool pool(4);
  const auto letters = [](std::int64_t begin, std::int64_t end) {
    std::string text;
    for (std::int64_t i = begin; i < end; ++i) text += static_cast<char>('a' + i);
    return text;
  };
  EXPECT_EQ(parallel_reduce(pool, 26, std::string("="), letters, std::plus<>()),
            "=abcdefghijklmnopqrstuvwxyz");
}

TEST(ParallelReduce, GivesTheSameBitsWithAnyNumberOfThreads) {
  std::vector<float> values(10'007);
  RandomStream rng(1);
  for (float& v : values) v = rng.uniform_float() - 0.3F;
  const auto sum_with = [&](int threads) {
    ThreadPool pool(threads);
    return parallel_reduce(
        pool, static_cast<std::int64_t>(values.size()), 0.0F,
        [&](std::int64_t begin, std::int64_t end) {
          return std::accumulate(values.begin() + begin, values.begin() + end, 0.0F);
        },
        std::plus<>(), 100);
  };
  const float alone = sum_with(1);
  for (const int threads : {2, 3, 5}) EXPECT_EQ(sum_with(threads), alone);
}

TEST(ParallelReduce, WorksOnBooleans) {
  ThreadPool pool(3);
  const auto any_above = [&](std::int64_t limit) {
    return parallel_reduce(
        pool, 1000, false,
        [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) {
            if (i > limit) return true;
          }
          return false;
        },
        std::logical_or<>());
  };
  EXPECT_TRUE(any_above(998));
  EXPECT_FALSE(any_above(999));
}

TEST(ParallelReduce, HugeCountsDoNotOverflow) {
  ThreadPool pool(2);
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  const auto width = [](std::int64_t begin, std::int64_t end) { return end - begin; };
  EXPECT_EQ(parallel_reduce(pool, huge, std::int64_t{0}, width, std::plus<>()), huge);
}

}  // namespace
}  // namespace tern

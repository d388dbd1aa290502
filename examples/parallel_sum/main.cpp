// Sums a million integers with parallel_reduce and, beside it, with one plain loop.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include "tern/parallel.h"

namespace {

constexpr std::int64_t kCount = 1'000'000;
constexpr int kRounds = 200;
constexpr std::int64_t kGrain = 10'000;  // 80 kB: a few microseconds, far more than a fork-join

/// Runs `sum` once, notes the best time so far in `best_s`, and returns the result.
template <class Sum>
std::int64_t timed(Sum&& sum, double& best_s) {
  const auto start = std::chrono::steady_clock::now();
  const std::int64_t result = sum();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  best_s = std::min(best_s, took.count());
  return result;
}

}  // namespace

int main() {
  std::vector<std::int64_t> numbers(kCount);
  std::iota(numbers.begin(), numbers.end(), 1);
  const auto sum_range = [&](std::int64_t begin, std::int64_t end) {
    return std::accumulate(numbers.begin() + begin, numbers.begin() + end, std::int64_t{0});
  };
  tern::ThreadPool pool;

  // The two take turns, so that a slow moment of the machine meets both.
  double loop_s = std::numeric_limits<double>::infinity();
  double parallel_s = loop_s;
  bool right = true;
  for (int round = 0; round < kRounds; ++round) {
    const std::int64_t by_loop = timed([&] { return sum_range(0, kCount); }, loop_s);
    const std::int64_t in_parallel = timed(
        [&] {
          return tern::parallel_reduce(pool, kCount, std::int64_t{0}, sum_range, std::plus<>(),
                                       kGrain);
        },
        parallel_s);
    right = right && by_loop == kCount * (kCount + 1) / 2 && in_parallel == by_loop;
  }

  const double gigabytes = static_cast<double>(kCount * sizeof(std::int64_t)) / 1e9;
  std::printf("sum of 1 .. %lld: %s\n", static_cast<long long>(kCount), right ? "right" : "WRONG");
  std::printf("one plain loop:              %6.1f GB/s\n", gigabytes / loop_s);
  std::printf("parallel_reduce, %2d threads: %6.1f GB/s, %.2f times as fast\n", pool.size(),
              gigabytes / parallel_s, loop_s / parallel_s);
  return right ? 0 : 1;
}

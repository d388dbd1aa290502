// A sum of squares on a team of threads, and an error as tern reports it.
#include <atomic>
#include <cstdint>
#include <iostream>

#include "tern/status.h"
#include "tern/thread_pool.h"

namespace {

tern::Result<std::int64_t> sum_of_squares(std::int64_t count, tern::ThreadPool& pool) {
  if (count < 0) {
    return tern::Status(tern::StatusCode::kInvalidArgument,
                        "count is " + std::to_string(count) + ", expected at least 0");
  }
  std::atomic<std::int64_t> total = 0;
  pool.parallel_for(count, 1024, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t part = 0;
    for (std::int64_t i = begin; i < end; ++i) part += i * i;
    total += part;
  });
  return total.load();
}

}  // namespace

int main() {
  tern::ThreadPool pool;
  const auto sum = sum_of_squares(100'000, pool);
  if (!sum.ok()) {
    std::cerr << sum.status().to_string() << '\n';
    return 1;
  }
  std::cout << "sum of squares below 100000: " << *sum << '\n';
  const auto wrong = sum_of_squares(-1, pool);
  std::cout << "and of -1 numbers: " << wrong.status().to_string() << '\n';
  return *sum == 333'328'333'350'000 && !wrong.ok() ? 0 : 1;
}

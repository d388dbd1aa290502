// Work on several threads: parallel_for and parallel_reduce over a ThreadPool here, Channel and
// Pipeline, for work that flows, in headers of their own that this one includes.
//
//   tern::ThreadPool pool;
//   tern::parallel_for(pool, n, [&](std::int64_t i) { out[i] = f(in[i]); }, {.grain = 1024});
//   const double sum = tern::parallel_reduce(pool, n, 0.0,
//       [&](std::int64_t begin, std::int64_t end) { return sum_of(in, begin, end); },
//       std::plus<>());
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "tern/channel.h"
#include "tern/pipeline.h"
#include "tern/thread_pool.h"

namespace tern {

enum class Schedule : std::uint8_t {
  kStatic,   // one range per thread: least overhead, for iterations that cost the same
  kDynamic,  // pieces of `grain`, handed out as threads get free: for uneven iterations
};

struct ParallelOptions {
  /// The least number of iterations worth giving to a thread.
  std::int64_t grain = 1;
  Schedule schedule = Schedule::kStatic;
};

namespace internal {

using RangeBody = FunctionRef<void(std::int64_t begin, std::int64_t end)>;
using BlockBody = FunctionRef<void(std::int64_t block, std::int64_t begin, std::int64_t end)>;

void parallel_ranges(ThreadPool& pool, std::int64_t count, const ParallelOptions& options,
                     RangeBody body);
/// How many blocks a reduction has: a function of its arguments alone, so that sums of floats do
/// not depend on the number of threads.
std::int64_t reduction_blocks(std::int64_t count, std::int64_t grain);
void parallel_blocks(ThreadPool& pool, std::int64_t count, std::int64_t blocks, BlockBody body);

}  // namespace internal

/// Calls body(i) for every i in [0, count), or body(begin, end) for ranges that cover it, on the
/// threads of `pool`, and returns when all calls have. `body` must be safe to call at once from
/// several threads and must not throw.
template <class Body>
void parallel_for(ThreadPool& pool, std::int64_t count, Body&& body, ParallelOptions options = {}) {
  if constexpr (std::is_invocable_v<Body&, std::int64_t, std::int64_t>) {
    internal::parallel_ranges(pool, count, options, body);
  } else {
    internal::parallel_ranges(pool, count, options, [&body](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) body(i);
    });
  }
}

/// combine(... combine(combine(identity, map(range 0)), map(range 1)) ...) over consecutive ranges
/// of [0, count), none smaller than options.grain unless there is only one. The ranges and the
/// order are always the same for one count and grain, so the result is too, bit for bit, whatever
/// the pool. `map` runs on several threads at once; `combine` on the caller.
template <class T, class Map, class Combine>
T parallel_reduce(ThreadPool& pool, std::int64_t count, T identity, Map&& map, Combine&& combine,
                  std::int64_t grain = 1) {
  struct Partial {
    T value;  // in a struct, for a vector of plain bool would pack bits of several threads
  };
  const std::int64_t blocks = internal::reduction_blocks(count, grain);
  std::vector<Partial> partials(static_cast<std::size_t>(blocks), Partial{identity});
  internal::parallel_blocks(pool, count, blocks,
                            [&](std::int64_t block, std::int64_t begin, std::int64_t end) {
                              partials[static_cast<std::size_t>(block)].value = map(begin, end);
                            });
  T result = std::move(identity);
  for (Partial& partial : partials) result = combine(std::move(result), std::move(partial.value));
  return result;
}

}  // namespace tern

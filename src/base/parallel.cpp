#include "tern/parallel.h"

#include <algorithm>
#include <atomic>

namespace tern::internal {
namespace {

// Enough blocks to keep a large machine busy and its threads level, few enough that combining them
// costs nothing beside the work.
constexpr std::int64_t kMostBlocks = 64;

/// body(piece) for every piece in [0, pieces), handed out as threads get free.
void run_pieces(ThreadPool& pool, std::int64_t pieces, FunctionRef<void(std::int64_t)> body) {
  std::atomic<std::int64_t> next{0};
  const auto work = [&](int, int) {
    for (std::int64_t p = next.fetch_add(1, std::memory_order_relaxed); p < pieces;
         p = next.fetch_add(1, std::memory_order_relaxed)) {
      body(p);
    }
  };
  if (pieces <= 1) return work(0, 1);
  pool.run(work);
}

}  // namespace

void parallel_ranges(ThreadPool& pool, std::int64_t count, const ParallelOptions& options,
                     RangeBody body) {
  if (options.schedule == Schedule::kStatic) return pool.parallel_for(count, options.grain, body);
  if (count <= 0) return;
  const std::int64_t grain = std::max<std::int64_t>(options.grain, 1);
  const std::int64_t pieces = (count - 1) / grain + 1;
  run_pieces(pool, pieces, [&](std::int64_t piece) {
    const std::int64_t begin = piece * grain;
    body(begin, begin + std::min(grain, count - begin));
  });
}

std::int64_t reduction_blocks(std::int64_t count, std::int64_t grain) {
  if (count <= 0) return 0;
  return std::clamp<std::int64_t>(count / std::max<std::int64_t>(grain, 1), 1, kMostBlocks);
}

void parallel_blocks(ThreadPool& pool, std::int64_t count, std::int64_t blocks, BlockBody body) {
  if (blocks == 0) return;
  const std::int64_t share = count / blocks;
  const std::int64_t longer = count % blocks;  // the first `longer` blocks take one more
  run_pieces(pool, blocks, [&](std::int64_t block) {
    const std::int64_t begin = block * share + std::min(block, longer);
    body(block, begin, begin + share + (block < longer ? 1 : 0));
  });
}

}  // namespace tern::internal

#include "passes/memory_plan.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace tern::passes {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t align_up(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

struct Placed {
  std::size_t begin;
  std::size_t end;
  std::int32_t first;
  std::int32_t last;
};

}  // namespace

MemoryPlan plan_memory(std::span<const BufferLifetime> buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return buffers[a].bytes > buffers[b].bytes; });

  MemoryPlan plan;
  plan.offsets.resize(buffers.size());
  std::vector<Placed> placed;  // sorted by begin
  for (const std::size_t index : order) {
    const BufferLifetime& buffer = buffers[index];
    const std::size_t bytes = align_up(buffer.bytes);
    std::size_t best = std::numeric_limits<std::size_t>::max();
    std::size_t best_gap = std::numeric_limits<std::size_t>::max();
    std::size_t free_from = 0;
    for (const Placed& other : placed) {
      if (other.last < buffer.first || other.first > buffer.last) continue;
      if (other.begin > free_from) {
        const std::size_t gap = other.begin - free_from;
        if (gap >= bytes && gap < best_gap) {
          best = free_from;
          best_gap = gap;
        }
      }
      free_from = std::max(free_from, other.end);
    }
    if (best == std::numeric_limits<std::size_t>::max()) best = free_from;
    plan.offsets[index] = best;
    plan.arena_bytes = std::max(plan.arena_bytes, best + bytes);
    const Placed entry{best, best + bytes, buffer.first, buffer.last};
    placed.insert(std::ranges::upper_bound(placed, entry.begin, {}, &Placed::begin), entry);
  }
  return plan;
}

}  // namespace tern::passes

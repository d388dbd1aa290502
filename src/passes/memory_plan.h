// Places buffers with lifetimes in one arena so that no two that live at the same step overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tern::passes {

/// A buffer that lives from step `first` to step `last`, both included.
struct BufferLifetime {
  std::size_t bytes = 0;
  std::int32_t first = 0;
  std::int32_t last = 0;
};

struct MemoryPlan {
  std::vector<std::size_t> offsets;  // per buffer, multiples of 64
  std::size_t arena_bytes = 0;
};

/// Greedy by size (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference",
/// 2020): the largest buffer first, each at the tightest gap between those already placed.
MemoryPlan plan_memory(std::span<const BufferLifetime> buffers);

}  // namespace tern::passes

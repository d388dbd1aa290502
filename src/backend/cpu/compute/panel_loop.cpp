#include "backend/cpu/compute/panel_loop.h"

#include <algorithm>

namespace tern::cpu {
namespace {

// Half of the smallest L2 cache among the machines of interest (1 MiB), in floats: what the panels
// of B that all strips pass over may occupy. The rest is for strips of A and C.
constexpr std::int64_t kGroupFloats = 128 * 1024;

std::int64_t group_columns(const PanelWork& work, std::int64_t depth) {
  if (work.tiles.size() <= 1) return work.columns.size();
  const std::int64_t panel = work.kernels->panel;
  return std::max<std::int64_t>(1, kGroupFloats / (depth * panel)) * panel;
}

}  // namespace

std::int64_t depth_block_for(std::int64_t k) {
  const std::int64_t blocks = (k + kMaxDepthBlock - 1) / kMaxDepthBlock;
  return blocks <= 1 ? k : (k + blocks - 1) / blocks;
}

void run_panels(const PanelWork& work, std::int64_t depth_block, StripSetup setup) {
  const std::int64_t depth_end = work.depth.end;
  std::int64_t first = work.depth.begin;
  do {  // at least once: an empty sum still stores bias and activation
    const Range depth{first, std::min(first + depth_block, depth_end)};
    const std::int64_t group =
        group_columns(work, std::max<std::int64_t>(1, depth.size() * work.unit));
    for (std::int64_t column = work.columns.begin; column < work.columns.end; column += group) {
      const std::int64_t count = std::min(group, work.columns.end - column);
      for (std::int64_t tile = work.tiles.begin; tile < work.tiles.end; ++tile) {
        Strip strip;
        strip.b = work.packed + column * work.b_rows;
        strip.b_rows = work.b_rows;
        strip.b_first_row = depth.begin * work.unit;
        strip.columns = count;
        strip.accumulate = work.accumulate || first != work.depth.begin;
        strip.finish = work.finish && depth.end == depth_end;
        const int rows = setup(tile, depth, strip);
        strip.c += column;
        if (strip.bias != nullptr) strip.bias += column;
        if (strip.residual != nullptr) strip.residual += column;
        work.kernels->strip(strip, rows, *work.epilogue);
      }
    }
    first = depth.end;
  } while (first < depth_end);
}

}  // namespace tern::cpu

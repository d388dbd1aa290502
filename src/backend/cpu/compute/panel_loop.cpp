#include "backend/cpu/compute/panel_loop.h"

#include <algorithm>

namespace tern::cpu {
namespace {

// What the panels of B that all strips pass over may occupy, in floats: a quarter of the smallest
// L2 cache among the machines of interest (1 MiB). The panels that come next take another quarter
// while they are fetched, the rest is for strips of A and C.
constexpr std::int64_t kGroupFloats = 64 * 1024;

std::int64_t group_columns(const PanelWork& work, std::int64_t depth) {
  if (work.tiles.size() <= 1) return work.columns.size();
  const std::int64_t panel = work.kernels->panel;
  return std::max<std::int64_t>(1, kGroupFloats / (depth * panel)) * panel;
}

// The panels of one group, over a block of the depth.
struct Group {
  Range depth;
  std::int64_t column = 0;
};

// Tells strip `tile` to fetch its share of the group's rows.
void fetch_meanwhile(const PanelWork& work, const Group& group, std::int64_t tile, Strip& strip) {
  const Range rows =
      part_of(group.depth.size() * work.unit, tile - work.tiles.begin, work.tiles.size());
  const std::int64_t row = group.depth.begin * work.unit + rows.begin;
  strip.next = work.packed + group.column * work.b_rows + row * work.kernels->panel;
  strip.next_floats = rows.size() * work.kernels->panel;
}

}  // namespace

std::int64_t depth_block_for(std::int64_t k) {
  const std::int64_t blocks = (k + kMaxDepthBlock - 1) / kMaxDepthBlock;
  return blocks <= 1 ? k : (k + blocks - 1) / blocks;
}

void run_panels(const PanelWork& work, std::int64_t depth_block, StripSetup setup) {
  const std::int64_t depth_end = work.depth.end;
  const auto block_from = [&](std::int64_t first) {
    return Range{first, std::min(first + depth_block, depth_end)};
  };
  Range depth = block_from(work.depth.begin);
  do {  // at least once: an empty sum still stores bias and activation
    const std::int64_t width =
        group_columns(work, std::max<std::int64_t>(1, depth.size() * work.unit));
    for (std::int64_t column = work.columns.begin; column < work.columns.end; column += width) {
      const std::int64_t count = std::min(width, work.columns.end - column);
      Group next{depth, column + width};
      if (next.column >= work.columns.end) next = {block_from(depth.end), work.columns.begin};
      const bool fetches = work.tiles.size() > 1 && next.depth.size() > 0;
      for (std::int64_t tile = work.tiles.begin; tile < work.tiles.end; ++tile) {
        Strip strip;
        strip.b = work.packed + column * work.b_rows;
        strip.b_rows = work.b_rows;
        strip.b_first_row = depth.begin * work.unit;
        strip.columns = count;
        strip.accumulate = work.accumulate || depth.begin != work.depth.begin;
        strip.finish = work.finish && depth.end == depth_end;
        if (fetches) fetch_meanwhile(work, next, tile, strip);
        const int rows = setup(tile, depth, strip);
        strip.c += column;
        if (strip.bias != nullptr) strip.bias += column;
        if (strip.residual != nullptr) strip.residual += column;
        work.kernels->strip(strip, rows, *work.epilogue);
      }
    }
    depth = block_from(depth.end);
  } while (depth.begin < depth_end);
}

}  // namespace tern::cpu

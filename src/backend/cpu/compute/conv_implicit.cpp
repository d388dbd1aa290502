// Implicit matrix product: row r of A is the window of output pixel r, read from the image in
// place.
//
// With NHWC and no dilation along x, a window's row of kernel_w * in_c floats lies together, so a
// window is kernel_h runs. Rows of the image above and below it are left out of the sum; columns
// left and right of it come from a copy of the image padded along x.
#include <algorithm>
#include <cstring>

#include "backend/cpu/compute/conv_algorithms.h"
#include "backend/cpu/compute/conv_geometry.h"
#include "backend/cpu/compute/packing.h"
#include "backend/cpu/compute/padding.h"
#include "backend/cpu/compute/panel_loop.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

struct Geometry {
  std::int64_t group_in, group_out;
  std::int64_t depth;              // products per output
  std::int64_t taps_per_row;       // runs that one kernel row consists of
  std::int64_t pixel, row, image;  // strides of the source, x itself or its padded copy
  std::int64_t strips_per_row, tiles, panels;
};

Geometry geometry_of(const ConvPlan& plan) {
  const ConvShape& s = plan.shape;
  const TileKernels& kernels = tile_kernels(plan.isa);
  Geometry g{};
  g.group_in = s.in_c / s.groups;
  g.group_out = s.out_c / s.groups;
  g.depth = s.kernel_h * s.kernel_w * g.group_in;
  g.taps_per_row = s.kernel_w * g.group_in / plan.run;
  const bool copied = plan.padded_w != 0;
  g.pixel = copied ? s.in_c : s.in_pixel;
  g.row = (copied ? plan.padded_w : s.in_w) * g.pixel;
  g.image = s.in_h * g.row;
  g.strips_per_row = (s.out_w + kernels.max_rows - 1) / kernels.max_rows;
  g.tiles = s.batch * s.out_h * g.strips_per_row;
  g.panels = (g.group_out + kernels.panel - 1) / kernels.panel;
  return g;
}

std::int64_t group_floats(const ConvPlan& plan, const Geometry& g) {
  return g.depth * packed_columns(tile_kernels(plan.isa), g.group_out);
}

class Implicit {
 public:
  Implicit(const ConvPlan& plan, const ConvCall& call, const float* source)
      : plan_(plan), call_(call), source_(source), g_(geometry_of(plan)) {}

  void run(ThreadPool& pool) const {
    const ConvShape& s = plan_.shape;
    if (s.groups > 1) {
      return pool.parallel_for(s.groups * g_.tiles, grain(),
                               [&](std::int64_t begin, std::int64_t end) {
                                 run_groups({begin, end});
                               });
    }
    constexpr std::int64_t kNeverSplitDepth = 0;
    const Grid grid = choose_grid(g_.tiles, g_.panels, kNeverSplitDepth, pool.size());
    const std::int64_t cells = grid.rows * grid.columns;
    pool.parallel_for(cells, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t cell = begin; cell < end; ++cell) {
        const Range panels = part_of(g_.panels, cell % grid.columns, grid.columns);
        const std::int64_t width = tile_kernels(plan_.isa).panel;
        run_tiles(0, part_of(g_.tiles, cell / grid.columns, grid.rows),
                  {panels.begin * width, std::min(panels.end * width, g_.group_out)});
      }
    });
  }

 private:
  // Tiles that are worth a thread of their own.
  std::int64_t grain() const {
    constexpr std::int64_t kMinWork = 64 * 1024;
    const std::int64_t work = tile_kernels(plan_.isa).max_rows * g_.depth * g_.group_out;
    return std::max<std::int64_t>(1, kMinWork / std::max<std::int64_t>(1, work));
  }

  // A range that counts the tiles of all groups.
  void run_groups(Range tiles) const {
    while (tiles.begin < tiles.end) {
      const std::int64_t group = tiles.begin / g_.tiles;
      const std::int64_t first = tiles.begin - group * g_.tiles;
      const std::int64_t count = std::min(g_.tiles - first, tiles.size());
      run_tiles(group, {first, first + count}, {0, g_.group_out});
      tiles.begin += count;
    }
  }

  void run_tiles(std::int64_t group, Range tiles, Range columns) const {
    const auto taps = static_cast<std::int64_t>(plan_.tap_offsets.size());
    const PanelWork work{.kernels = &tile_kernels(plan_.isa),
                         .epilogue = &plan_.shape.epilogue,
                         .packed = call_.packed + group * group_floats(plan_, g_),
                         .b_rows = g_.depth,
                         .unit = plan_.run,
                         .tiles = tiles,
                         .columns = columns,
                         .depth = {0, taps}};
    const std::int64_t block = std::max<std::int64_t>(1, kMaxDepthBlock / plan_.run);
    run_panels(work, block, [&](std::int64_t tile, Range depth, Strip& strip) {
      return set_up(group, tile, depth, strip);
    });
  }

  int set_up(std::int64_t group, std::int64_t tile, Range taps, Strip& strip) const {
    const ConvShape& s = plan_.shape;
    const std::int64_t line = tile / g_.strips_per_row;
    const Range xs = part_of(s.out_w, tile % g_.strips_per_row, g_.strips_per_row);
    const std::int64_t image = line / s.out_h;
    const std::int64_t y = line % s.out_h;
    const std::int64_t left = plan_.padded_w != 0 ? 0 : s.pad_left;

    const std::int64_t top = y * s.stride_h - s.pad_top;
    const Range inside = positions_inside(top, s.in_h, s.kernel_h, s.dilation_h);
    const std::int64_t first = std::max(taps.begin, inside.begin * g_.taps_per_row);
    const std::int64_t end = std::min(taps.end, inside.end * g_.taps_per_row);
    strip.b_first_row = first * plan_.run;
    strip.taps = plan_.tap_offsets.data() + first;
    strip.tap_count = std::max<std::int64_t>(0, end - first);
    strip.depth = plan_.run;
    strip.a = source_ + image * g_.image + top * g_.row +
              (xs.begin * s.stride_w - left) * g_.pixel + group * g_.group_in;
    strip.a_row = s.stride_w * g_.pixel;

    const std::int64_t channel = group * g_.group_out;
    strip.c = call_.y + image * s.out_image + y * s.out_row + xs.begin * s.out_pixel + channel;
    strip.c_row = s.out_pixel;
    if (call_.bias != nullptr) strip.bias = call_.bias + channel;
    if (call_.residual != nullptr) {
      const std::int64_t pixel = line * s.out_w + xs.begin;
      strip.residual = call_.residual + pixel * s.residual_pixel + channel;
      strip.residual_row = s.residual_pixel;
    }
    return static_cast<int>(xs.size());
  }

  const ConvPlan& plan_;
  const ConvCall& call_;
  const float* source_;
  Geometry g_;
};

// Row (tap, channel) of a panel: the weights of all its output channels.
void pack_panel(const ConvPlan& plan, const ConvWeights& weights, std::int64_t group, Range outs,
                std::int64_t width, float* panel) {
  const ConvShape& s = plan.shape;
  const std::int64_t channels = s.in_c / s.groups;
  const auto row_of = [&](std::int64_t y, std::int64_t x, std::int64_t c) {
    return panel + ((y * s.kernel_w + x) * channels + c) * width;
  };
  if (weights.window > FilterRows::kMaxWindow) {
    for (std::int64_t y = 0; y < s.kernel_h; ++y) {
      for (std::int64_t x = 0; x < s.kernel_w; ++x) {
        const float* w = weights.w + group * weights.group + outs.begin * weights.out;
        pack_panels(tile_kernels(plan.isa),
                    {.b = w + weights.tap(y, x),
                     .row_stride = weights.in,
                     .column_stride = weights.out,
                     .rows = channels,
                     .columns = outs.size(),
                     .packed_rows = channels},
                    0, outs.size(), row_of(y, x, 0));
      }
    }
    return;
  }
  FilterRows filters(weights, plan.isa);
  const std::int64_t step = filters.channels(width);
  for (std::int64_t c = 0; c < channels; c += step) {
    const Range ins{c, std::min(channels, c + step)};
    filters.gather(group, outs, width, ins);
    for (std::int64_t y = 0; y < s.kernel_h; ++y) {
      for (std::int64_t x = 0; x < s.kernel_w; ++x) {
        for (std::int64_t i = 0; i < ins.size(); ++i) {
          std::memcpy(row_of(y, x, c + i), filters.row(i, y, x),
                      sizeof(float) * static_cast<std::size_t>(width));
        }
      }
    }
  }
}

}  // namespace

void plan_implicit(ConvPlan& plan) {
  const ConvShape& s = plan.shape;
  plan.padded_w = padded_width(s);
  const bool pads = plan.padded_w != 0;
  const std::int64_t pixel = pads ? s.in_c : s.in_pixel;
  const std::int64_t row = (pads ? plan.padded_w : s.in_w) * pixel;
  const std::int64_t group_in = s.in_c / s.groups;
  const bool joined = s.dilation_w == 1 && pixel == group_in;
  plan.run = joined ? s.kernel_w * group_in : group_in;
  plan.tap_offsets.clear();
  for (std::int64_t ky = 0; ky < s.kernel_h; ++ky) {
    for (std::int64_t kx = 0; kx < (joined ? 1 : s.kernel_w); ++kx) {
      plan.tap_offsets.push_back(ky * s.dilation_h * row + kx * s.dilation_w * pixel);
    }
  }
  plan.packed_floats = s.groups * group_floats(plan, geometry_of(plan));
  plan.scratch_floats = pads ? s.batch * s.in_h * row : 0;
}

void pack_implicit(const ConvPlan& plan, const ConvWeights& weights, float* packed,
                   ThreadPool& pool) {
  const ConvShape& s = plan.shape;
  const Geometry g = geometry_of(plan);
  const TileKernels& kernels = tile_kernels(plan.isa);
  constexpr std::int64_t kGrain = 16 * 1024;  // floats that are worth a thread of their own
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / (g.depth * kernels.panel + 1));
  pool.parallel_for(s.groups * g.panels, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t cell = begin; cell < end; ++cell) {
      const std::int64_t group = cell / g.panels;
      const std::int64_t column = cell % g.panels * kernels.panel;
      const Range outs{column, std::min<std::int64_t>(column + kernels.panel, g.group_out)};
      const std::int64_t width = panel_width(kernels, g.group_out, column);
      pack_panel(plan, weights, group, outs, width,
                 packed + group * group_floats(plan, g) + column * g.depth);
    }
  });
}

void run_implicit(const ConvPlan& plan, const ConvCall& call, float* scratch, ThreadPool& pool) {
  const float* source = call.x;
  if (plan.padded_w != 0) {
    pad_image(plan.shape, plan.padded_w, call.x, scratch, pool);
    source = scratch;
  }
  Implicit(plan, call, source).run(pool);
}

}  // namespace tern::cpu

// 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3): 2.25 multiplications per output and
// channel instead of 9, for transforms of input and output. The relative error is 5e-6 to 2e-5,
// about ten times that of summing directly.
//
// Tiles are taken in blocks small enough that a block's transformed inputs and products stay in the
// L2 cache. With enough blocks every thread computes whole blocks by itself; an image of few tiles
// is one block that the team computes together, step by step.
#include <algorithm>

#include "backend/cpu/compute/conv_algorithms.h"
#include "backend/cpu/compute/packing.h"
#include "backend/cpu/compute/tile.h"
#include "backend/cpu/compute/winograd.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

constexpr std::int64_t kPositions = kWinogradPositions;
constexpr std::int64_t kOut = kWinogradOutput;

std::int64_t tiles_along(std::int64_t size) { return (size + kOut - 1) / kOut; }

std::int64_t tile_count(const ConvShape& s) {
  return s.batch * tiles_along(s.out_h) * tiles_along(s.out_w);
}

// Floats from a position to the next in a block: an odd number of cache lines, so that the 36
// places a transform writes to spread over the sets of the cache.
std::int64_t position_floats(std::int64_t tiles, std::int64_t channels) {
  return ((tiles * channels + 15) / 16 | 1) * 16;
}

// Floats from a position to the next in the packed weights, an odd number of cache lines likewise.
std::int64_t packed_position(const ConvShape& s, const TileKernels& kernels) {
  return position_floats(s.in_c, packed_columns(kernels, s.out_c));
}

// Tiles of a block: whole strips of the register tile, within the floats a block may occupy.
std::int64_t block_tiles(const ConvPlan& plan) {
  constexpr std::int64_t kBlockFloats = 192 * 1024;
  const ConvShape& s = plan.shape;
  const std::int64_t strip = tile_kernels(plan.isa).max_rows;
  const std::int64_t fit = kBlockFloats / (kPositions * (s.in_c + s.out_c));
  const std::int64_t most = std::max(strip, fit / strip * strip);
  const std::int64_t tiles = tile_count(s);
  const std::int64_t blocks = (tiles + most - 1) / most;
  return (tiles + blocks - 1) / blocks;
}

std::int64_t block_floats(const ConvPlan& plan) {
  const std::int64_t tiles = plan.block;
  return kPositions *
         (position_floats(tiles, plan.shape.in_c) + position_floats(tiles, plan.shape.out_c));
}

class Winograd {
 public:
  Winograd(const ConvPlan& plan, const ConvCall& call)
      : plan_(plan),
        s_(plan.shape),
        call_(call),
        tiles_(tile_kernels(plan.isa)),
        transforms_(winograd_kernels(plan.isa)),
        v_position_(position_floats(plan.block, s_.in_c)),
        m_position_(position_floats(plan.block, s_.out_c)),
        count_(tile_count(s_)),
        blocks_((count_ + plan.block - 1) / plan.block) {}

  void run(float* scratch, ThreadPool& pool) const {
    if (plan_.parallel_blocks) {
      const std::int64_t floats = block_floats(plan_);
      pool.run([&](int thread, int threads) {
        const Range mine = part_of(blocks_, thread, threads);
        for (std::int64_t b = mine.begin; b < mine.end; ++b) {
          run_block(part_of(count_, b, blocks_), scratch + thread * floats);
        }
      });
      return;
    }
    for (std::int64_t b = 0; b < blocks_; ++b) {
      run_block_together(part_of(count_, b, blocks_), scratch, pool);
    }
  }

 private:
  float* products(float* block) const { return block + kPositions * v_position_; }

  void run_block(Range tiles, float* block) const {
    transform_inputs(tiles, {0, tiles.size()}, block);
    for (std::int64_t p = 0; p < kPositions; ++p) multiply(p, tiles.size(), {0, s_.out_c}, block);
    transform_outputs(tiles, {0, tiles.size()}, block);
  }

  void run_block_together(Range tiles, float* block, ThreadPool& pool) const {
    pool.parallel_for(tiles.size(), 1, [&](std::int64_t begin, std::int64_t end) {
      transform_inputs(tiles, {begin, end}, block);
    });
    pool.parallel_for(kPositions, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p) multiply(p, tiles.size(), {0, s_.out_c}, block);
    });
    pool.parallel_for(tiles.size(), 1, [&](std::int64_t begin, std::int64_t end) {
      transform_outputs(tiles, {begin, end}, block);
    });
  }

  struct Corner {
    std::int64_t image, y, x;  // of a tile's first output
  };

  Corner corner_of(std::int64_t tile) const {
    const std::int64_t across = tiles_along(s_.out_w);
    const std::int64_t line = tile / across;
    const std::int64_t down = tiles_along(s_.out_h);
    return {line / down, line % down * kOut, tile % across * kOut};
  }

  // Tiles [part.begin, part.end) of the block that begins at blocks' first tile.
  void transform_inputs(Range tiles, Range part, float* block) const {
    const std::int64_t row = s_.in_w * s_.in_pixel;
    for (std::int64_t t = part.begin; t < part.end; ++t) {
      const Corner corner = corner_of(tiles.begin + t);
      const std::int64_t y = corner.y - s_.pad_top;
      const std::int64_t x = corner.x - s_.pad_left;
      const auto inside = [](std::int64_t start, std::int64_t size) {
        const std::int64_t end = std::clamp<std::int64_t>(size - start, 0, kWinogradInput);
        return Range{std::clamp<std::int64_t>(-start, 0, end), end};
      };
      const Range rows = inside(y, s_.in_h);
      const Range columns = inside(x, s_.in_w);
      transforms_.input({.x = call_.x + (corner.image * s_.in_h + y) * row + x * s_.in_pixel,
                         .x_row = row,
                         .x_pixel = s_.in_pixel,
                         .first_row = rows.begin,
                         .end_row = rows.end,
                         .first_column = columns.begin,
                         .end_column = columns.end,
                         .channels = s_.in_c,
                         .v = block + t * s_.in_c,
                         .v_position = v_position_});
    }
  }

  // The product of one position for all tiles of a block.
  void multiply(std::int64_t position, std::int64_t tiles, Range columns, float* block) const {
    static constexpr std::int64_t kNoOffset = 0;
    static constexpr Epilogue kNone;
    const std::int64_t strips = (tiles + tiles_.max_rows - 1) / tiles_.max_rows;
    const std::int64_t packed = packed_position(s_, tiles_);
    for (std::int64_t i = 0; i < strips; ++i) {
      const Range rows = part_of(tiles, i, strips);
      const Strip strip{
          .a = block + position * v_position_ + rows.begin * s_.in_c,
          .a_row = s_.in_c,
          .taps = &kNoOffset,
          .depth = s_.in_c,
          .b = call_.packed + position * packed + columns.begin * s_.in_c,
          .b_rows = s_.in_c,
          .columns = columns.size(),
          .c = products(block) + position * m_position_ + rows.begin * s_.out_c + columns.begin,
          .c_row = s_.out_c};
      tiles_.strip(strip, static_cast<int>(rows.size()), kNone);
    }
  }

  void transform_outputs(Range tiles, Range part, float* block) const {
    for (std::int64_t t = part.begin; t < part.end; ++t) {
      const Corner corner = corner_of(tiles.begin + t);
      const std::int64_t pixel = (corner.image * s_.out_h + corner.y) * s_.out_w + corner.x;
      transforms_.output(
          {.m = products(block) + t * s_.out_c,
           .m_position = m_position_,
           .channels = s_.out_c,
           .rows = std::min(kOut, s_.out_h - corner.y),
           .columns = std::min(kOut, s_.out_w - corner.x),
           .bias = call_.bias,
           .residual =
               call_.residual != nullptr ? call_.residual + pixel * s_.residual_pixel : nullptr,
           .residual_row = s_.out_w * s_.residual_pixel,
           .residual_pixel = s_.residual_pixel,
           .y = call_.y + corner.image * s_.out_image + corner.y * s_.out_row +
                corner.x * s_.out_pixel,
           .y_row = s_.out_row,
           .y_pixel = s_.out_pixel},
          s_.epilogue);
    }
  }

  const ConvPlan& plan_;
  const ConvShape& s_;
  const ConvCall& call_;
  const TileKernels& tiles_;
  const WinogradKernels& transforms_;
  std::int64_t v_position_, m_position_;
  std::int64_t count_, blocks_;
};

// The 36 positions of kFilters filters side by side, plain loops that the compiler vectorises.
// Every Isa's panels are a multiple of kFilters wide, but for a last one.
constexpr std::int64_t kFilters = 8;

class FilterGroup {
 public:
  // Filter f stands at weights + f * stride; those beyond `count` are zero.
  FilterGroup(const float* weights, std::int64_t stride, std::int64_t count) {
    for (std::int64_t t = 0; t < 9; ++t) {
      for (std::int64_t f = 0; f < kFilters; ++f) {
        filter_[t][f] = f < count ? weights[f * stride + t] : 0.0F;
      }
    }
    for (int x = 0; x < 3; ++x) expand(filter_[x], filter_[3 + x], filter_[6 + x], columns_, 3, x);
    for (int y = 0; y < kWinogradInput; ++y) {
      expand(columns_[3 * y], columns_[3 * y + 1], columns_[3 * y + 2],
             positions_ + kWinogradInput * y, 1, 0);
    }
  }

  // Position p of the first `count` filters goes to to + p * stride.
  void store(float* to, std::int64_t stride, std::int64_t count) const {
    for (std::int64_t p = 0; p < kPositions; ++p) {
      std::copy_n(positions_[p], count, to + p * stride);
    }
  }

 private:
  using Lanes = float[kFilters];

  // out[i * step + offset] = row i of G times (a, b, c).
  static void expand(const Lanes& a, const Lanes& b, const Lanes& c, Lanes* out, int step,
                     int offset) {
    for (std::int64_t f = 0; f < kFilters; ++f) {
      const float even = a[f] + c[f];
      const float outer = a[f] * (1.0F / 24) + c[f] * (1.0F / 6);
      const float inner = b[f] * (1.0F / 12);
      out[offset][f] = a[f] * 0.25F;
      out[step + offset][f] = (even + b[f]) * (-1.0F / 6);
      out[2 * step + offset][f] = (even - b[f]) * (-1.0F / 6);
      out[3 * step + offset][f] = outer + inner;
      out[4 * step + offset][f] = outer - inner;
      out[5 * step + offset][f] = c[f];
    }
  }

  Lanes filter_[9];
  Lanes columns_[3 * kWinogradInput];
  Lanes positions_[kPositions];
};

}  // namespace

void plan_winograd(ConvPlan& plan) {
  const ConvShape& s = plan.shape;
  const TileKernels& kernels = tile_kernels(plan.isa);
  plan.block = block_tiles(plan);
  const std::int64_t blocks = (tile_count(s) + plan.block - 1) / plan.block;
  plan.parallel_blocks = plan.threads > 1 && blocks >= 2 * plan.threads;
  plan.packed_floats = kPositions * packed_position(s, kernels);
  plan.scratch_floats = (plan.parallel_blocks ? plan.threads : 1) * block_floats(plan);
}

void pack_winograd(const ConvPlan& plan, const float* weights, float* packed) {
  const ConvShape& s = plan.shape;
  const TileKernels& kernels = tile_kernels(plan.isa);
  const std::int64_t position = packed_position(s, kernels);
  for (std::int64_t column = 0; column < s.out_c; column += kernels.panel) {
    const std::int64_t width = panel_width(kernels, s.out_c, column);
    for (std::int64_t c = 0; c < s.in_c; ++c) {
      for (std::int64_t f = 0; f < width; f += kFilters) {
        const std::int64_t first = column + f;
        const std::int64_t count = std::clamp<std::int64_t>(s.out_c - first, 0, kFilters);
        const FilterGroup group(weights + (first * s.in_c + c) * 9, s.in_c * 9, count);
        group.store(packed + column * s.in_c + c * width + f, position,
                    std::min(kFilters, width - f));
      }
    }
  }
}

void run_winograd(const ConvPlan& plan, const ConvCall& call, float* scratch, ThreadPool& pool) {
  if (tile_count(plan.shape) == 0) return;
  Winograd(plan, call).run(scratch, pool);
}

}  // namespace tern::cpu

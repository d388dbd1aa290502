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
#include "backend/cpu/compute/winograd_tiles.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

constexpr std::int64_t kPositions = kWinogradPositions;
constexpr std::int64_t kOut = kWinogradOutput;

std::int64_t tile_count(const ConvShape& s) { return WinogradTiles(s).count(); }

// Floats from a position to the next in the packed weights, an odd number of cache lines likewise.
std::int64_t packed_position(const ConvShape& s, const TileKernels& kernels) {
  return winograd_position_floats(s.in_c, packed_columns(kernels, s.out_c));
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
  return kPositions * (winograd_position_floats(tiles, plan.shape.in_c) +
                       winograd_position_floats(tiles, plan.shape.out_c));
}

class Winograd {
 public:
  Winograd(const ConvPlan& plan, const ConvCall& call)
      : plan_(plan),
        s_(plan.shape),
        grid_(plan.shape),
        call_(call),
        tiles_(tile_kernels(plan.isa)),
        transforms_(winograd_kernels(plan.isa)),
        v_position_(winograd_position_floats(plan.block, s_.in_c)),
        m_position_(winograd_position_floats(plan.block, s_.out_c)),
        count_(grid_.count()),
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

  // Tiles [part.begin, part.end) of the block that begins at blocks' first tile.
  void transform_inputs(Range tiles, Range part, float* block) const {
    for (std::int64_t t = part.begin; t < part.end; ++t) {
      WinogradInput input = grid_.input(tiles.begin + t, call_.x);
      input.v = block + t * s_.in_c;
      input.v_position = v_position_;
      transforms_.input(input);
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
      const WinogradTiles::Corner corner = grid_.corner(tiles.begin + t);
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
  WinogradTiles grid_;
  const ConvCall& call_;
  const TileKernels& tiles_;
  const WinogradKernels& transforms_;
  std::int64_t v_position_, m_position_;
  std::int64_t count_, blocks_;
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

void pack_winograd(const ConvPlan& plan, const ConvWeights& weights, float* packed,
                   ThreadPool& pool) {
  const ConvShape& s = plan.shape;
  const TileKernels& kernels = tile_kernels(plan.isa);
  const std::int64_t position = packed_position(s, kernels);
  const std::int64_t panels = (s.out_c + kernels.panel - 1) / kernels.panel;
  constexpr std::int64_t kGrain = 4 * 1024;  // weights that are worth a thread of their own
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / (s.in_c * kernels.panel + 1));
  pool.parallel_for(panels, grain, [&](std::int64_t begin, std::int64_t end) {
    FilterRows filters(weights, plan.isa);
    for (std::int64_t column = begin * kernels.panel;
         column < std::min(end * kernels.panel, s.out_c); column += kernels.panel) {
      const Range outs{column, std::min<std::int64_t>(column + kernels.panel, s.out_c)};
      const std::int64_t width = panel_width(kernels, s.out_c, column);
      const std::int64_t step = filters.channels(width);
      for (std::int64_t c = 0; c < s.in_c; c += step) {
        const Range ins{c, std::min(s.in_c, c + step)};
        filters.gather(0, outs, width, ins);
        for (std::int64_t i = 0; i < ins.size(); ++i) {
          winograd_kernels(plan.isa).filter(
              {.w = filters.row(i, 0, 0),
               .w_row = filters.row(i, 1, 0) - filters.row(i, 0, 0),
               .w_column = filters.row(i, 0, 1) - filters.row(i, 0, 0),
               .count = width,
               .u = packed + column * s.in_c + (c + i) * width,
               .u_position = position});
        }
      }
    }
  });
}

void run_winograd(const ConvPlan& plan, const ConvCall& call, float* scratch, ThreadPool& pool) {
  if (tile_count(plan.shape) == 0) return;
  Winograd(plan, call).run(scratch, pool);
}

}  // namespace tern::cpu

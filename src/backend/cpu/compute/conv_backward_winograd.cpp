// With the forward pass y = A^T [(G w G^T) (B^T x B)] A per tile and the product summed over input
// channels, the gradient is dw = G^T [sum over tiles of (A dy A^T) (B^T x B)] G: 36 sums of outer
// products, a quarter of the multiplications of summing directly.
//
// The sums of all positions are kept in [position][c][o]; blocks of tiles are transformed and added
// one after the other. A block is small enough for the caches, but large enough that the sums,
// which are read and written once per block, are not most of the traffic.
#include "backend/cpu/compute/conv_backward_winograd.h"

#include <algorithm>

#include "backend/cpu/compute/outer.h"
#include "backend/cpu/compute/transpose.h"
#include "backend/cpu/compute/winograd_tiles.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

constexpr std::int64_t kPositions = kWinogradPositions;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

std::int64_t block_tiles(const ConvShape& s) {
  constexpr std::int64_t kBlockFloats = 192 * 1024;
  const std::int64_t fit = kBlockFloats / (kPositions * (s.in_c + s.out_c));
  const std::int64_t worth = s.in_c * s.out_c / (s.in_c + s.out_c);
  const std::int64_t most = std::max<std::int64_t>({1, fit, worth});
  const std::int64_t tiles = std::max<std::int64_t>(1, WinogradTiles(s).count());
  return ceil_div(tiles, ceil_div(tiles, most));
}

class WinogradGradient {
 public:
  WinogradGradient(const ConvBackwardWeightsPlan& plan, const ConvBackwardWeightsCall& call,
                   float* scratch)
      : s_(plan.shape),
        isa_(plan.isa),
        block_(plan.block),
        call_(call),
        tiles_(plan.shape),
        v_position_(winograd_position_floats(plan.block, s_.in_c)),
        m_position_(winograd_position_floats(plan.block, s_.out_c)),
        u_position_(winograd_position_floats(s_.in_c, s_.out_c)),
        v_(scratch),
        m_(v_ + kPositions * v_position_),
        u_(m_ + kPositions * m_position_) {}

  std::int64_t floats() const { return kPositions * (v_position_ + m_position_ + u_position_); }

  void run(ThreadPool& pool) const {
    const std::int64_t count = tiles_.count();
    const std::int64_t blocks = ceil_div(count, block_);
    for (std::int64_t b = 0; b < blocks; ++b) {
      const Range block = part_of(count, b, blocks);
      pool.parallel_for(block.size(), 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t t = begin; t < end; ++t) transform(block.begin + t, t);
      });
      multiply(block.size(), b > 0, pool);
    }
    pool.parallel_for(s_.in_c, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t c = begin; c < end; ++c) finish(c);
    });
  }

 private:
  // Tile `tile` becomes the t-th of the block.
  void transform(std::int64_t tile, std::int64_t t) const {
    const WinogradKernels& kernels = winograd_kernels(isa_);
    WinogradInput input = tiles_.input(tile, call_.x);
    input.v = v_ + t * s_.in_c;
    input.v_position = v_position_;
    kernels.input(input);
    const WinogradTiles::Corner at = tiles_.corner(tile);
    kernels.output_gradient(
        {.dy = call_.dy + ((at.image * s_.out_h + at.y) * s_.out_w + at.x) * s_.out_pixel,
         .dy_row = s_.out_w * s_.out_pixel,
         .dy_pixel = s_.out_pixel,
         .rows = s_.out_h - at.y,
         .columns = s_.out_w - at.x,
         .channels = s_.out_c,
         .m = m_ + t * s_.out_c,
         .m_position = m_position_});
  }

  // Adds the block's products to the sums. Cells are tiles of the sums, so threads share nothing.
  void multiply(std::int64_t tiles, bool accumulate, ThreadPool& pool) const {
    const OuterKernels& kernels = outer_kernels(isa_);
    const std::int64_t pieces = ceil_div(s_.in_c, kernels.max_rows);
    const std::int64_t panels = ceil_div(s_.out_c, kernels.max_columns);
    const std::int64_t cells = kPositions * pieces * panels;
    pool.parallel_for(cells, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t cell = begin; cell < end; ++cell) {
        const std::int64_t position = cell / (pieces * panels);
        const Range rows = part_of(s_.in_c, cell % pieces, pieces);
        const Range columns = columns_of(cell / pieces % panels, kernels.max_columns);
        kernels.tile({.a = v_ + position * v_position_ + rows.begin,
                      .a_step = s_.in_c,
                      .b = m_ + position * m_position_ + columns.begin,
                      .b_step = s_.out_c,
                      .steps = tiles,
                      .columns = columns.size(),
                      .c = u_ + position * u_position_ + rows.begin * s_.out_c + columns.begin,
                      .c_row = s_.out_c,
                      .accumulate = accumulate},
                     static_cast<int>(rows.size()));
      }
    });
  }

  Range columns_of(std::int64_t panel, std::int64_t width) const {
    return {panel * width, std::min((panel + 1) * width, s_.out_c)};
  }

  // All filters that read input channel c.
  void finish(std::int64_t c) const {
    constexpr std::int64_t kFilters = 16;  // a vector of any Isa
    const std::int64_t filter = s_.in_c * 9;
    float taps[9 * kFilters];
    for (std::int64_t o = 0; o < s_.out_c; o += kFilters) {
      const std::int64_t count = std::min(kFilters, s_.out_c - o);
      winograd_kernels(isa_).filter_gradient({.u = u_ + c * s_.out_c + o,
                                              .u_position = u_position_,
                                              .count = count,
                                              .w = taps,
                                              .w_tap = kFilters});
      transpose_kernels(isa_).matrix(taps, kFilters, call_.dw + o * filter + c * 9, filter, 9,
                                     count);
    }
  }

  const ConvShape& s_;
  Isa isa_;
  std::int64_t block_;
  const ConvBackwardWeightsCall& call_;
  WinogradTiles tiles_;
  std::int64_t v_position_, m_position_, u_position_;
  float *v_, *m_, *u_;
};

}  // namespace

void plan_winograd_gradient(ConvBackwardWeightsPlan& plan) {
  plan.block = block_tiles(plan.shape);
  plan.scratch_floats += WinogradGradient(plan, {}, nullptr).floats();
}

void run_winograd_gradient(const ConvBackwardWeightsPlan& plan, const ConvBackwardWeightsCall& call,
                           float* scratch, ThreadPool& pool) {
  WinogradGradient(plan, call, scratch).run(pool);
}

}  // namespace tern::cpu

// The loop over strips, panels and blocks of K that matmul and convolution share.
#pragma once

#include <cstdint>

#include "backend/cpu/compute/packing.h"
#include "backend/cpu/compute/tile.h"
#include "tern/thread_pool.h"

namespace tern::cpu {

/// What one thread does: strips [tiles.begin, tiles.end) times columns [columns.begin, columns.end)
/// summed over depth, which counts in units of `unit` rows of B (one for a matrix, one tap for a
/// convolution).
struct PanelWork {
  const TileKernels* kernels = nullptr;
  const Epilogue* epilogue = nullptr;
  const float* packed = nullptr;  ///< the whole packed B
  std::int64_t b_rows = 0;
  std::int64_t unit = 1;
  Range tiles;
  Range columns;  ///< begins at a panel
  Range depth;
  bool accumulate = false;  ///< C holds earlier sums
  bool finish = true;       ///< the sums are complete after this work
};

/// Fills in where strip `tile` reads its share `depth` of the sum (a, a_row, taps, depth) and where
/// column 0 of C, bias and residual stands (the loop moves them), and returns its number of rows.
/// It may leave out leading or trailing taps that are zero, moving b_first_row along.
using StripSetup = FunctionRef<int(std::int64_t tile, Range depth, Strip& strip)>;

/// Sums in blocks of `depth_block` units.
void run_panels(const PanelWork& work, std::int64_t depth_block, StripSetup setup);

/// Most rows of B in a block: several panels of them and a strip of A then fit the L2 cache, so
/// that a strip that has to be copied is copied for many columns.
inline constexpr std::int64_t kMaxDepthBlock = 512;

/// The block, at most kMaxDepthBlock, that cuts k into equal parts.
std::int64_t depth_block_for(std::int64_t k);

}  // namespace tern::cpu

// The packed form of B that the register tiles read (tile.h), and cutting work into parts.
#pragma once

#include <cstdint>

#include "backend/cpu/compute/tile.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

/// Columns that the packed form of n columns has: n rounded up to whole vectors.
std::int64_t packed_columns(const TileKernels& kernels, std::int64_t n);

/// Width of the panel that begins at `column` (a multiple of kernels.panel).
std::int64_t panel_width(const TileKernels& kernels, std::int64_t n, std::int64_t column);

/// Part of a matrix B to be packed: `rows` rows whose element (r, c) stands at
/// b[r * row_stride + c * column_stride] and becomes row first_row + r of the packed matrix.
struct PackSource {
  const float* b = nullptr;
  std::int64_t row_stride = 0;
  std::int64_t column_stride = 1;
  std::int64_t rows = 0;
  std::int64_t columns = 0;  ///< of the whole matrix
  float alpha = 1.0F;        ///< multiplies every element
  std::int64_t first_row = 0;
  std::int64_t packed_rows = 0;  ///< of the whole packed matrix
};

/// Packs columns [begin, end) of the source. `begin` is a multiple of kernels.panel, and so is
/// `end` unless it is source.columns. `packed` is the start of the whole packed matrix, which has
/// packed_rows * packed_columns floats.
void pack_panels(const TileKernels& kernels, const PackSource& source, std::int64_t begin,
                 std::int64_t end, float* packed) noexcept;

/// Packs all columns, panels shared among the pool's threads.
void pack_panels_together(const TileKernels& kernels, const PackSource& source, float* packed,
                          ThreadPool& pool) noexcept;

/// A half-open range of indices.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t size() const { return end - begin; }
};

/// Part `index` of `parts` equal parts of [0, count); sizes differ by at most one.
constexpr Range part_of(std::int64_t count, std::int64_t index, std::int64_t parts) {
  return {count * index / parts, count * (index + 1) / parts};
}

/// How a team shares a product: threads along rows, columns and the summed dimension.
struct Grid {
  int rows = 1;
  int columns = 1;
  int depth = 1;
};

/// The grid of at most `threads` cells that makes the largest cell smallest. Rows come in `tiles`
/// strips, columns in `panels`. Splitting `k` costs a second pass over C, so it is chosen only when
/// strips and panels cannot occupy the team.
Grid choose_grid(std::int64_t tiles, std::int64_t panels, std::int64_t k, int threads);

}  // namespace tern::cpu

#include "backend/cpu/compute/packing.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/compute/transpose.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

// Some panels side by side, row after row: the reads are then longer runs, which the processor
// fetches ahead, and no page is left after 128 bytes.
constexpr std::int64_t kPanelsAtOnce = 4;

void copy_scaled(const float* from, std::int64_t count, float alpha, float* to) {
  if (alpha == 1.0F) {
    std::memcpy(to, from, sizeof(float) * static_cast<std::size_t>(count));
  } else {
    for (std::int64_t c = 0; c < count; ++c) to[c] = alpha * from[c];
  }
}

// Rows of B are contiguous. Columns [begin, end) are at most kPanelsAtOnce panels.
void pack_rows(const TileKernels& kernels, const PackSource& s, std::int64_t begin,
               std::int64_t end, float* packed) {
  for (std::int64_t r = 0; r < s.rows; ++r) {
    const float* row = s.b + r * s.row_stride;
    for (std::int64_t column = begin; column < end; column += kernels.panel) {
      const std::int64_t width = panel_width(kernels, s.columns, column);
      const std::int64_t valid = std::min(width, s.columns - column);
      float* out = packed + column * s.packed_rows + (s.first_row + r) * width;
      copy_scaled(row + column, valid, s.alpha, out);
      std::fill(out + valid, out + width, 0.0F);
    }
  }
}

// Any strides: go down blocks of rows, so that the cache lines of the strided reads are used whole
// before they leave the cache.
void pack_columns(std::int64_t k, std::int64_t width, std::int64_t valid, const float* b,
                  std::int64_t b_row, std::int64_t b_column, float alpha, float* out) {
  constexpr std::int64_t kBlock = 16;
  for (std::int64_t r0 = 0; r0 < k; r0 += kBlock) {
    const std::int64_t rows = std::min(kBlock, k - r0);
    float* block = out + r0 * width;
    for (std::int64_t c = 0; c < valid; ++c) {
      const float* from = b + r0 * b_row + c * b_column;
      for (std::int64_t r = 0; r < rows; ++r) block[r * width + c] = alpha * from[r * b_row];
    }
    for (std::int64_t r = 0; r < rows; ++r) {
      std::fill(block + r * width + valid, block + (r + 1) * width, 0.0F);
    }
  }
}

// Columns of B are contiguous (B^T is given row-major).
void pack_transposed(Isa isa, std::int64_t k, std::int64_t width, std::int64_t valid,
                     const float* b, std::int64_t b_column, float alpha, float* out) {
  transpose_kernels(isa).matrix(b, b_column, out, width, valid, k);
  for (std::int64_t r = 0; r < k; ++r, out += width) {
    if (alpha != 1.0F) {
      for (std::int64_t c = 0; c < valid; ++c) out[c] *= alpha;
    }
    std::fill(out + valid, out + width, 0.0F);
  }
}

}  // namespace

std::int64_t packed_columns(const TileKernels& kernels, std::int64_t n) {
  return (n + kernels.lanes - 1) / kernels.lanes * kernels.lanes;
}

std::int64_t panel_width(const TileKernels& kernels, std::int64_t n, std::int64_t column) {
  return std::min<std::int64_t>(kernels.panel, packed_columns(kernels, n) - column);
}

void pack_panels(const TileKernels& kernels, const PackSource& s, std::int64_t begin,
                 std::int64_t end, float* packed) noexcept {
  if (s.column_stride == 1) {
    const std::int64_t step = kPanelsAtOnce * kernels.panel;
    for (std::int64_t column = begin; column < end; column += step) {
      pack_rows(kernels, s, column, std::min(end, column + step), packed);
    }
    return;
  }
  for (std::int64_t column = begin; column < end; column += kernels.panel) {
    const std::int64_t width = panel_width(kernels, s.columns, column);
    const std::int64_t valid = std::min(width, s.columns - column);
    const float* from = s.b + column * s.column_stride;
    float* out = packed + column * s.packed_rows + s.first_row * width;
    if (s.row_stride == 1) {
      pack_transposed(kernels.isa, s.rows, width, valid, from, s.column_stride, s.alpha, out);
    } else {
      pack_columns(s.rows, width, valid, from, s.row_stride, s.column_stride, s.alpha, out);
    }
  }
}

void pack_panels_together(const TileKernels& kernels, const PackSource& source, float* packed,
                          ThreadPool& pool) noexcept {
  constexpr std::int64_t kGrain = 16 * 1024;  // floats that are worth a thread of their own
  const std::int64_t panels = (source.columns + kernels.panel - 1) / kernels.panel;
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / (source.rows * kernels.panel + 1));
  pool.parallel_for(panels, grain, [&](std::int64_t begin, std::int64_t end) {
    pack_panels(kernels, source, begin * kernels.panel,
                std::min(end * kernels.panel, source.columns), packed);
  });
}

Grid choose_grid(std::int64_t tiles, std::int64_t panels, std::int64_t k, int threads) {
  const auto parts = [](std::int64_t count, std::int64_t by) { return (count + by - 1) / by; };
  Grid best;
  std::int64_t best_cost = tiles * panels;
  for (int columns = 1; columns <= threads && columns <= panels; ++columns) {
    const int rows = static_cast<int>(std::min<std::int64_t>(threads / columns, tiles));
    const std::int64_t cost = parts(tiles, rows) * parts(panels, columns);
    if (cost < best_cost) {
      best_cost = cost;
      best = {rows, columns, 1};
    }
  }
  constexpr std::int64_t kMinDepth = 256;  // products per part that pay for adding the parts up
  const std::int64_t depth = std::min<std::int64_t>(threads, k / kMinDepth);
  if (depth > 1 && 3 * tiles * panels < 2 * depth * best_cost) {
    return {1, 1, static_cast<int>(depth)};
  }
  return best;
}

}  // namespace tern::cpu

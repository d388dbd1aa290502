#include "backend/cpu/compute/product.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/compute/panel_loop.h"
#include "backend/cpu/compute/transpose.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

// Strips copy their rows when A is not row-major, or when rows lie a large power of two apart: the
// lines of a strip then fall into so few sets of the L1 cache that they evict one another.
bool needs_copy(Strides a, std::int64_t m, std::int64_t n) {
  if (a.column != 1) return true;
  constexpr std::int64_t kSetSpan = 1024;  // floats that 64 sets of 64-byte lines span
  return m > 1 && n >= 128 && a.row % kSetSpan == 0;
}

// Row stride of a copied strip: an odd number of cache lines, so that its rows spread over all
// sets.
std::int64_t copy_row(std::int64_t depth) { return ((depth + 15) / 16 | 1) * 16; }

void copy_strip(Isa isa, const float* a, Strides strides, int rows, std::int64_t depth,
                float* out) {
  const std::int64_t out_row = copy_row(depth);
  if (strides.column == 1) {
    for (int r = 0; r < rows; ++r) {
      std::memcpy(out + r * out_row, a + r * strides.row,
                  sizeof(float) * static_cast<size_t>(depth));
    }
    return;
  }
  if (strides.row == 1) {
    return transpose_kernels(isa).matrix(a, strides.column, out, out_row, depth, rows);
  }
  for (std::int64_t k = 0; k < depth; ++k) {
    const float* from = a + k * strides.column;
    for (int r = 0; r < rows; ++r) out[r * out_row + k] = from[r * strides.row];
  }
}

// Fills in where strip `tile` of C stands and what it reads of A; returns its rows. `copy` holds
// copy_floats floats.
int set_up_strip(const Product& p, std::int64_t tile, Range depth, float* copy, Strip& s) {
  static constexpr std::int64_t kNoOffset = 0;
  const Range rows = part_of(p.m, tile, strip_count(p.m, *p.kernels));
  const int count = static_cast<int>(rows.size());
  s.a = p.a + rows.begin * p.a_strides.row + depth.begin * p.a_strides.column;
  s.a_row = p.a_strides.row;
  if (needs_copy(p.a_strides, p.m, p.n)) {
    copy_strip(p.kernels->isa, s.a, p.a_strides, count, depth.size(), copy);
    s.a = copy;
    s.a_row = copy_row(depth.size());
  }
  s.taps = &kNoOffset;
  s.depth = depth.size();
  s.bias = p.bias;
  s.c = p.c + rows.begin * p.c_row;
  s.c_row = p.c_row;
  if (p.residual != nullptr) s.residual = p.residual + rows.begin * p.residual_row;
  s.residual_row = p.residual_row;
  return count;
}

// The cell of a product's grid that one thread computes.
void run_cell(const Product& p, Range tiles, Range columns, Range depth, bool finish, float* copy) {
  const PanelWork work{.kernels = p.kernels,
                       .epilogue = p.epilogue,
                       .packed = p.packed,
                       .b_rows = p.k,
                       .tiles = tiles,
                       .columns = columns,
                       .depth = depth,
                       .accumulate = p.accumulate,
                       .finish = finish};
  const auto setup = [&](std::int64_t tile, Range block, Strip& strip) {
    return set_up_strip(p, tile, block, copy, strip);
  };
  run_panels(work, depth_block_for(depth.size()), setup);
}

Range columns_of(const Product& p, std::int64_t index, std::int64_t parts) {
  const Range panels = part_of(panel_count(p.n, *p.kernels), index, parts);
  return {panels.begin * p.kernels->panel, std::min(panels.end * p.kernels->panel, p.n)};
}

// Every thread sums its share of k into its own matrix, then the rows are added up in a fixed
// order.
void run_split_depth(const Product& p, int parts, float* copies, float* partial, ThreadPool& pool) {
  const std::int64_t size = p.m * p.n;
  const std::int64_t copy = copy_floats(*p.kernels, p.k);
  static constexpr Epilogue kNone;
  pool.parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) {
      Product share = p;
      share.epilogue = &kNone;
      share.bias = share.residual = nullptr;
      share.accumulate = false;
      share.c = partial + part * size;
      share.c_row = p.n;
      run_cell(share, {0, strip_count(p.m, *p.kernels)}, {0, p.n}, part_of(p.k, part, parts), true,
               copies + part * copy);
    }
  });
  constexpr std::int64_t kGrain = 16 * 1024;
  pool.parallel_for(
      p.m, std::max<std::int64_t>(1, kGrain / p.n), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
          float* c = p.c + r * p.c_row;
          for (std::int64_t j = 0; j < p.n; ++j) {
            float sum = p.accumulate ? c[j] : 0.0F;
            for (int part = 0; part < parts; ++part) {
              sum += partial[part * size + r * p.n + j];
            }
            c[j] = sum;
          }
          const float* residual = p.residual != nullptr ? p.residual + r * p.residual_row : nullptr;
          p.kernels->finish(c, p.c_row, p.bias, residual, p.residual_row, 1, p.n, *p.epilogue);
        }
      });
}

Grid grid_of(const TileKernels& kernels, std::int64_t m, std::int64_t n, std::int64_t k,
             int threads) {
  return choose_grid(strip_count(m, kernels), panel_count(n, kernels), k,
                     useful_threads(m, n, k, threads));
}

// Columns of B that a thread packs at a time, in whole panels.
std::int64_t packed_group(const TileKernels& kernels, std::int64_t depth) {
  constexpr std::int64_t kBlockFloats = 96 * 1024;  // 3/8 of a 1 MiB L2 cache
  return std::max<std::int64_t>(1, kBlockFloats / (depth * kernels.panel)) * kernels.panel;
}

std::int64_t pack_floats(const TileKernels& kernels, std::int64_t n, std::int64_t k) {
  const std::int64_t depth = std::max<std::int64_t>(1, depth_block_for(k));
  const std::int64_t columns = std::min(packed_group(kernels, depth), packed_columns(kernels, n));
  return (depth * columns + 15) / 16 * 16;
}

// Threads that share columns pack them twice, which counts for about a third of a strip.
Grid packing_grid(std::int64_t strips, std::int64_t panels, int threads) {
  const auto parts = [](std::int64_t count, std::int64_t by) { return (count + by - 1) / by; };
  Grid best;
  std::int64_t best_cost = (3 * strips + 1) * panels;
  for (int columns = 1; columns <= threads && columns <= panels; ++columns) {
    const int rows = static_cast<int>(std::min<std::int64_t>(threads / columns, strips));
    const std::int64_t cost = (3 * parts(strips, rows) + 1) * parts(panels, columns);
    if (cost < best_cost) {
      best_cost = cost;
      best = {rows, columns, 1};
    }
  }
  return best;
}

// One thread's strips and columns: a block of B is packed, then all strips pass over it.
void run_packing_cell(const Product& p, const PackSource& b, Range tiles, Range columns,
                      float* scratch) {
  const TileKernels& kernels = *p.kernels;
  float* packed = scratch + copy_floats(kernels, p.k);
  const std::int64_t block = std::max<std::int64_t>(1, depth_block_for(p.k));
  const std::int64_t group = packed_group(kernels, block);
  for (std::int64_t column = columns.begin; column < columns.end; column += group) {
    const std::int64_t count = std::min(group, columns.end - column);
    std::int64_t first = 0;
    do {  // at least once: an empty sum still stores bias and activation
      const Range depth{first, std::min(first + block, p.k)};
      pack_panels(kernels,
                  {.b = b.b + depth.begin * b.row_stride + column * b.column_stride,
                   .row_stride = b.row_stride,
                   .column_stride = b.column_stride,
                   .rows = depth.size(),
                   .columns = count,
                   .alpha = b.alpha,
                   .packed_rows = depth.size()},
                  0, count, packed);
      for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) {
        Strip strip{.b = packed,
                    .b_rows = depth.size(),
                    .columns = count,
                    .accumulate = p.accumulate || first > 0,
                    .finish = depth.end == p.k};
        const int rows = set_up_strip(p, tile, depth, scratch, strip);
        strip.c += column;
        if (strip.bias != nullptr) strip.bias += column;
        if (strip.residual != nullptr) strip.residual += column;
        kernels.strip(strip, rows, *p.epilogue);
      }
      first = depth.end;
    } while (first < p.k);
  }
}

}  // namespace

std::int64_t strip_count(std::int64_t m, const TileKernels& kernels) {
  return (m + kernels.max_rows - 1) / kernels.max_rows;
}

std::int64_t panel_count(std::int64_t n, const TileKernels& kernels) {
  return (n + kernels.panel - 1) / kernels.panel;
}

std::int64_t copy_floats(const TileKernels& kernels, std::int64_t k) {
  return copy_row(std::min(k, kMaxDepthBlock)) * kernels.max_rows;
}

int useful_threads(std::int64_t m, std::int64_t n, std::int64_t k, int threads) {
  constexpr std::int64_t kMinWork = 64 * 1024;  // multiply-adds that are worth a thread
  const std::int64_t work = m * n * k / kMinWork;
  return static_cast<int>(std::clamp<std::int64_t>(work, 1, threads));
}

void run_product(const Product& p, float* scratch, ThreadPool& pool) {
  if (p.m == 0 || p.n == 0) return;
  const TileKernels& kernels = *p.kernels;
  const Grid grid = grid_of(kernels, p.m, p.n, p.k, pool.size());
  const std::int64_t copy = copy_floats(kernels, p.k);
  if (grid.depth > 1) {
    return run_split_depth(p, grid.depth, scratch, scratch + pool.size() * copy, pool);
  }
  const std::int64_t strips = strip_count(p.m, kernels);
  const int cells = grid.rows * grid.columns;
  const auto cell = [&](std::int64_t index) {
    run_cell(p, part_of(strips, index / grid.columns, grid.rows),
             columns_of(p, index % grid.columns, grid.columns), {0, p.k}, true,
             scratch + index * copy);
  };
  if (cells == 1) return cell(0);
  pool.parallel_for(cells, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index) cell(index);
  });
}

std::int64_t product_scratch(const TileKernels& kernels, std::int64_t m, std::int64_t n,
                             std::int64_t k, int threads) {
  const std::int64_t partials = threads > 1 && k >= 512 ? threads * m * n : 0;
  return threads * copy_floats(kernels, k) + partials;
}

bool favours_packing_blocks(const TileKernels& kernels, std::int64_t m, std::int64_t n,
                            std::int64_t k, int threads) {
  return grid_of(kernels, m, n, k, threads).depth == 1;
}

std::int64_t packing_product_scratch(const TileKernels& kernels, std::int64_t n, std::int64_t k,
                                     int threads) {
  return threads * (copy_floats(kernels, k) + pack_floats(kernels, n, k));
}

void run_product_packing(const Product& p, const PackSource& b, float* scratch, ThreadPool& pool) {
  if (p.m == 0 || p.n == 0) return;
  const TileKernels& kernels = *p.kernels;
  const std::int64_t strips = strip_count(p.m, kernels);
  const Grid grid =
      packing_grid(strips, panel_count(p.n, kernels), useful_threads(p.m, p.n, p.k, pool.size()));
  const std::int64_t own = copy_floats(kernels, p.k) + pack_floats(kernels, p.n, p.k);
  pool.parallel_for(grid.rows * grid.columns, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t cell = begin; cell < end; ++cell) {
      run_packing_cell(p, b, part_of(strips, cell / grid.columns, grid.rows),
                       columns_of(p, cell % grid.columns, grid.columns), scratch + cell * own);
    }
  });
}

void run_product_alone(const Product& p, float* copy) {
  run_cell(p, {0, strip_count(p.m, *p.kernels)}, {0, p.n}, {0, p.k}, true, copy);
}

}  // namespace tern::cpu

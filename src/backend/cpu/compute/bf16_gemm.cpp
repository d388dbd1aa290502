#include "backend/cpu/compute/bf16_gemm.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "backend/cpu/compute/transpose.h"

namespace tern::cpu {
namespace {

std::int64_t rounded_up(std::int64_t n, std::int64_t step) { return (n + step - 1) / step * step; }

// A block of A: what a thread rounds at a time. The sums are stored and read again between blocks
// of K, so these are long; the rows are as many as a quarter of a 1 MiB L2 cache holds.
constexpr std::int64_t kMaxDepth = 1024;
constexpr std::int64_t kBlockElements = 128 * 1024;

struct Block {
  std::int64_t rows;   // a multiple of kBf16RowStep
  std::int64_t depth;  // padded
  std::int64_t a_row;  // elements from a row to the next
  std::int64_t elements;
};

// Rows lie an odd number of cache lines apart, so that those of a tile spread over all sets of the
// L1 cache.
Block block_of(const Bf16GemmPlan& plan, std::int64_t m) {
  constexpr std::int64_t kLine = 32;  // elements
  const std::int64_t parts = std::max<std::int64_t>(1, (plan.padded_k + kMaxDepth - 1) / kMaxDepth);
  Block block{};
  block.depth = rounded_up((plan.padded_k + parts - 1) / parts, kBf16DepthStep);
  block.a_row = (block.depth / kLine | 1) * kLine;
  const std::int64_t most = std::max<std::int64_t>(1, kBlockElements / block.a_row / kBf16RowStep);
  block.rows = std::min(most * kBf16RowStep, rounded_up(m, kBf16RowStep));
  block.elements = block.rows * block.a_row + kLine;  // for what is written behind the last row
  return block;
}

std::int64_t panel_count(const Bf16GemmPlan& plan) {
  return (plan.shape.n + kBf16Panel - 1) / kBf16Panel;
}

// Threads worth waking.
int useful_threads(const Bf16GemmPlan& plan, std::int64_t m, int threads) {
  constexpr std::int64_t kMinWork = 128 * 1024;  // multiply-adds
  const std::int64_t work = m * plan.shape.n * std::max<std::int64_t>(1, plan.shape.k) / kMinWork;
  return static_cast<int>(std::clamp<std::int64_t>(work, 1, threads));
}

class Product {
 public:
  Product(const Bf16GemmPlan& plan, const Bf16GemmCall& call, Bf16Rows fill)
      : plan_(plan), call_(call), fill_(fill), block_(block_of(plan, call.m)) {}

  void run(Bf16* scratch, ThreadPool& pool) const {
    if (call_.m == 0 || plan_.shape.n == 0) return;
    constexpr std::int64_t kStrip = 16;  // rows that are not worth splitting
    const std::int64_t strips = (call_.m + kStrip - 1) / kStrip;
    const std::int64_t panels = panel_count(plan_);
    constexpr std::int64_t kNeverSplitDepth = 0;
    const Grid grid =
        choose_grid(strips, panels, kNeverSplitDepth, useful_threads(plan_, call_.m, pool.size()));
    const auto cell = [&](std::int64_t index) {
      const Range rows = part_of(strips, index / grid.columns, grid.rows);
      const Range columns = part_of(panels, index % grid.columns, grid.columns);
      run_cell({rows.begin * kStrip, std::min(rows.end * kStrip, call_.m)},
               {columns.begin * kBf16Panel, std::min(columns.end * kBf16Panel, plan_.shape.n)},
               scratch + index * block_.elements);
    };
    const std::int64_t cells = grid.rows * grid.columns;
    if (cells == 1) return cell(0);
    pool.parallel_for(cells, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t index = begin; index < end; ++index) cell(index);
    });
  }

 private:
  void run_cell(Range rows, Range columns, Bf16* a) const {
    for (std::int64_t first = rows.begin; first < rows.end; first += block_.rows) {
      const Range block{first, std::min(first + block_.rows, rows.end)};
      std::int64_t k = 0;
      do {  // at least once: an empty sum still stores bias and activation
        const std::int64_t padded = std::min(block_.depth, plan_.padded_k - k);
        fill(block, {k, std::min(k + padded, plan_.shape.k)}, padded, a);
        for (std::int64_t column = columns.begin; column < columns.end; column += kBf16Panel) {
          const bool last = column + kBf16Panel >= columns.end;
          run_panel(block, column, k, padded, last, a);
        }
        k += padded;
      } while (k < plan_.padded_k);
    }
  }

  void fill(Range rows, Range depth, std::int64_t padded, Bf16* a) const {
    if (depth.size() > 0) fill_(rows, depth, a, block_.a_row);
    if (depth.size() == padded) return;
    for (std::int64_t r = 0; r < rows.size(); ++r) {
      std::fill_n(a + r * block_.a_row + depth.size(), padded - depth.size(), Bf16{0});
    }
  }

  void run_panel(Range rows, std::int64_t column, std::int64_t k, std::int64_t padded, bool last,
                 const Bf16* a) const {
    const std::int64_t width = bf16_panel_width(plan_.shape.n, column);
    Bf16Strip strip{.a = a,
                    .a_row = block_.a_row,
                    .rows = rows.size(),
                    .b = call_.packed + bf16_panel_offset(plan_, column) + k * width,
                    .width = width,
                    .depth = padded,
                    .columns = std::min(width, plan_.shape.n - column),
                    .bias = call_.bias != nullptr ? call_.bias + column : nullptr,
                    .c = call_.c + rows.begin * call_.c_row + column,
                    .c_row = call_.c_row,
                    .accumulate = k > 0,
                    .finish = k + padded == plan_.padded_k};
    if (!last) {
      const std::int64_t next = column + kBf16Panel;
      strip.next =
          call_.packed + bf16_panel_offset(plan_, next) + k * bf16_panel_width(plan_.shape.n, next);
    }
    if (call_.residual != nullptr) {
      strip.residual = call_.residual + rows.begin * call_.residual_row + column;
      strip.residual_row = call_.residual_row;
    }
    plan_.kernels->strip(strip, plan_.shape.epilogue);
  }

  const Bf16GemmPlan& plan_;
  const Bf16GemmCall& call_;
  Bf16Rows fill_;
  Block block_;
};

// Nearest even in the upper half, NaN quiet. The lower half is not cleared.
std::uint32_t rounded_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = bits + 0x7fffu + (bits >> 16 & 1u);
  const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
  return is_nan ? bits | 0x00400000u : rounded;
}

// Rows [rows.begin, rows.end) of a panel of B as dense rows of `width` floats, zero beyond B's
// columns.
void gather_rows(const float* b, std::int64_t b_row, std::int64_t b_column, Range rows,
                 std::int64_t valid, std::int64_t width, float* out) {
  const float* from = b + rows.begin * b_row;
  if (valid < width) std::fill_n(out, rows.size() * width, 0.0F);
  if (b_column == 1) {
    for (std::int64_t r = 0; r < rows.size(); ++r) {
      std::memcpy(out + r * width, from + r * b_row,
                  sizeof(float) * static_cast<std::size_t>(valid));
    }
  } else if (b_row == 1) {
    transpose_kernels(active_isa()).matrix(from, b_column, out, width, valid, rows.size());
  } else {
    for (std::int64_t r = 0; r < rows.size(); ++r) {
      for (std::int64_t c = 0; c < valid; ++c) out[r * width + c] = from[r * b_row + c * b_column];
    }
  }
}

void pack_panel(const Bf16GemmPlan& plan, const float* b, std::int64_t b_row, std::int64_t b_column,
                std::int64_t column, Bf16* panel) {
  constexpr std::int64_t kRows = 64;  // gathered at a time, even
  static constexpr float kZeros[kBf16Panel] = {};
  alignas(64) float rows[kRows * kBf16Panel];
  const std::int64_t width = bf16_panel_width(plan.shape.n, column);
  const std::int64_t valid = std::min(width, plan.shape.n - column);
  const std::int64_t k = plan.shape.k;
  for (std::int64_t first = 0; first < k; first += kRows) {
    const std::int64_t count = std::min(kRows, k - first);
    gather_rows(b + column * b_column, b_row, b_column, {first, first + count}, valid, width, rows);
    for (std::int64_t r = 0; r < count; r += 2) {
      const float* next = r + 1 < count ? rows + (r + 1) * width : kZeros;
      store_bf16_pair(rows + r * width, next, width, first + r, panel);
    }
  }
  const std::int64_t filled = rounded_up(k, 2);
  std::fill_n(panel + filled * width, (plan.padded_k - filled) * width, Bf16{0});
}

}  // namespace

std::int64_t bf16_panel_width(std::int64_t n, std::int64_t column) {
  return n - column > kBf16HalfPanel ? kBf16Panel : kBf16HalfPanel;
}

std::int64_t bf16_panel_offset(const Bf16GemmPlan& plan, std::int64_t column) {
  return column * plan.padded_k;
}

void store_bf16_pair(const float* row, const float* next, std::int64_t width, std::int64_t k,
                     Bf16* panel) {
  Bf16* out = panel + k * width;
  for (std::int64_t j = 0; j < width; ++j) {
    const std::uint32_t pair = rounded_bits(row[j]) >> 16 | (rounded_bits(next[j]) & 0xffff0000u);
    std::memcpy(out + 2 * j, &pair, sizeof pair);
  }
}

void store_bf16_row(const float* row, std::int64_t width, std::int64_t k, Bf16* panel) {
  Bf16* out = panel + k / 2 * 2 * width + k % 2;
  for (std::int64_t j = 0; j < width; ++j) {
    out[2 * j] = static_cast<Bf16>(rounded_bits(row[j]) >> 16);
  }
}

Bf16GemmPlan plan_bf16_gemm(const GemmShape& shape, const Bf16Kernels& kernels) {
  Bf16GemmPlan plan{.shape = shape, .kernels = &kernels};
  plan.padded_k = rounded_up(shape.k, kBf16DepthStep);
  plan.packed_elements = plan.padded_k * rounded_up(shape.n, kBf16HalfPanel);
  return plan;
}

void pack_bf16_gemm(const Bf16GemmPlan& plan, const float* b, std::int64_t b_row,
                    std::int64_t b_column, Bf16* packed, ThreadPool& pool) noexcept {
  constexpr std::int64_t kGrain = 16 * 1024;  // elements that are worth a thread of their own
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / (plan.padded_k * kBf16Panel + 1));
  pool.parallel_for(panel_count(plan), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t panel = begin; panel < end; ++panel) {
      const std::int64_t column = panel * kBf16Panel;
      pack_panel(plan, b, b_row, b_column, column, packed + bf16_panel_offset(plan, column));
    }
  });
}

std::size_t bf16_gemm_scratch_bytes(const Bf16GemmPlan& plan, std::int64_t m, int threads) {
  const auto elements = static_cast<std::size_t>(block_of(plan, m).elements);
  return elements * static_cast<std::size_t>(useful_threads(plan, m, threads)) * sizeof(Bf16);
}

void run_bf16_gemm(const Bf16GemmPlan& plan, const Bf16GemmCall& call, Bf16Rows rows, void* scratch,
                   ThreadPool& pool) noexcept {
  Product(plan, call, rows).run(static_cast<Bf16*>(scratch), pool);
}

void run_bf16_gemm(const Bf16GemmPlan& plan, const Bf16GemmCall& call, void* scratch,
                   ThreadPool& pool) noexcept {
  const auto matrix_rows = [&](Range rows, Range depth, Bf16* out, std::int64_t out_row) {
    for (std::int64_t r = rows.begin; r < rows.end; ++r, out += out_row) {
      plan.kernels->convert(call.a + r * call.a_row + depth.begin, out, depth.size());
    }
  };
  run_bf16_gemm(plan, call, matrix_rows, scratch, pool);
}

}  // namespace tern::cpu

// Moving elements of any width between strided places: the core of Slice, Concat, Expand, Tile and
// of transposes that transpose.h does not do.
//
//   const CopyPlan plan = plan_copy(8, sizes, x_strides, y_strides);   // strides in elements
//   run_copy(plan, x, y, pool);
//
// Plans are values; run_copy validates nothing, allocates nothing and takes no lock. y must not
// overlap x.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

inline constexpr std::size_t kMaxCopyRank = 16;

/// A loop nest with as few dimensions as the strides allow; the last one is the innermost loop.
struct CopyPlan {
  std::int64_t element_bytes = 1;  ///< 1, 2, 4 or 8, or any number where runs are contiguous
  int rank = 1;
  std::array<std::int64_t, kMaxCopyRank> sizes{};
  std::array<std::int64_t, kMaxCopyRank> x_strides{};  ///< in bytes; 0 repeats, below 0 goes back
  std::array<std::int64_t, kMaxCopyRank> y_strides{};  ///< in bytes
};

/// y[i * y_strides] = x[i * x_strides] for every index i below `sizes`; strides in elements. An
/// element has 1, 2, 4 or 8 bytes; at most kMaxCopyRank sizes.
CopyPlan plan_copy(std::int64_t element_bytes, std::span<const std::int64_t> sizes,
                   std::span<const std::int64_t> x_strides,
                   std::span<const std::int64_t> y_strides);

/// `rows` runs of `bytes` bytes, x_row and y_row bytes apart.
CopyPlan plan_copy_rows(std::int64_t rows, std::int64_t bytes, std::int64_t x_row,
                        std::int64_t y_row);

void run_copy(const CopyPlan& plan, const void* x, void* y, ThreadPool& pool) noexcept;

}  // namespace tern::cpu

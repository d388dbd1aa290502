// Reductions of f32 tensors seen as [outer, axis, inner] over the axis in the middle.
//
// Any run of neighbouring axes can be seen so; inner = 1 reduces the last axes, outer = 1 the
// first. Sums run in several accumulators and short blocks: their rounding error grows far slower
// than the number of elements. Nothing is validated or allocated and no lock is taken.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

enum class ReduceOp : std::uint8_t { kSum, kMean, kMax, kMin, kProd, kSumSquares, kSumAbs };

struct ReducePlan {
  ReduceOp op = ReduceOp::kSum;
  Isa isa = Isa::kBaseline;
  std::int64_t outer = 1, axis = 1, inner = 1;
  int parts = 1;  ///< threads that share one long axis
  std::int64_t scratch_floats = 0;
};

/// `threads` is the largest pool the plan will run on.
ReducePlan plan_reduce(ReduceOp op, std::int64_t outer, std::int64_t axis, std::int64_t inner,
                       int threads, Isa isa = active_isa());

/// y[outer, inner]. An empty axis gives 0 for sums, 1 for the product, -inf / inf for max / min and
/// NaN for the mean.
void run_reduce(const ReducePlan& plan, const float* x, float* y, float* scratch,
                ThreadPool& pool) noexcept;

/// Any set of axes: one ReducePlan per run of neighbouring axes, the innermost first.
struct ReduceChain {
  std::vector<ReducePlan> stages;   ///< empty: nothing is reduced, y is a copy of x
  std::int64_t count = 0;           ///< elements of y
  std::int64_t between_floats = 0;  ///< of each of the two buffers between stages
  std::int64_t scratch_floats = 0;
};

/// Reduces the axes i of `dims` with reduced[i] == true.
ReduceChain plan_reduce_axes(ReduceOp op, std::span<const std::int64_t> dims,
                             const std::vector<bool>& reduced, int threads, Isa isa = active_isa());

void run_reduce_axes(const ReduceChain& chain, const float* x, float* y, float* scratch,
                     ThreadPool& pool) noexcept;

struct ReduceKernels {
  /// y[r] = op over x[r][0 .. axis), rows x_row floats apart. A mean is returned as a sum.
  void (*last)(ReduceOp op, const float* x, std::int64_t x_row, std::int64_t rows,
               std::int64_t axis, float* y) noexcept;
  /// y[c] = op over x[0 .. axis)[c] for c in [0, columns), rows x_row floats apart.
  void (*first)(ReduceOp op, const float* x, std::int64_t x_row, std::int64_t axis,
                std::int64_t columns, float* y) noexcept;
  /// y[c] = y[c] combined with x[c].
  void (*combine)(ReduceOp op, const float* x, float* y, std::int64_t columns) noexcept;
  void (*scale)(float factor, float* y, std::int64_t columns) noexcept;
};

const ReduceKernels& reduce_kernels(Isa isa);

}  // namespace tern::cpu

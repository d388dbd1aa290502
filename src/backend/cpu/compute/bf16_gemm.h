// Matrix products of f32 operands in bf16: C[m, n] = act(A[m, k] * B[k, n] + bias + residual), both
// operands rounded to bf16, sums and everything after them in f32.
//
//   const Bf16GemmPlan plan = plan_bf16_gemm({.k = 512, .n = 1000}, *bf16_kernels(unit));
//   pack_bf16_gemm(plan, weights, 1000, 1, packed, pool);   // plan.packed_elements elements
//   run_bf16_gemm(plan, {.m = 32, .a = x, .a_row = 512, ...}, scratch, pool);
//
// A thread rounds a block of A into its scratch, where it stays in the second level cache, and lets
// the panels of B pass over it. Plans are plain values; run_* validate nothing, allocate nothing,
// take no lock, and may be called from several threads at once with different scratch and outputs.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/cpu/compute/bf16_tile.h"
#include "backend/cpu/compute/gemm.h"
#include "backend/cpu/compute/packing.h"
#include "tern/thread_pool.h"

namespace tern::cpu {

struct Bf16GemmPlan {
  GemmShape shape;
  const Bf16Kernels* kernels = nullptr;
  std::int64_t padded_k = 0;  ///< k rounded up to whole steps
  std::int64_t packed_elements = 0;
};

Bf16GemmPlan plan_bf16_gemm(const GemmShape& shape, const Bf16Kernels& kernels);

/// B's element (r, c) stands at b[r * b_row + c * b_column].
void pack_bf16_gemm(const Bf16GemmPlan& plan, const float* b, std::int64_t b_row,
                    std::int64_t b_column, Bf16* packed, ThreadPool& pool) noexcept;

/// Of run_*, for up to m rows on a pool of up to `threads`; 64-byte aligned is fastest.
std::size_t bf16_gemm_scratch_bytes(const Bf16GemmPlan& plan, std::int64_t m, int threads);

struct Bf16GemmCall {
  std::int64_t m = 0;
  const float* a = nullptr;
  std::int64_t a_row = 0;
  const Bf16* packed = nullptr;
  const float* bias = nullptr;      ///< n values, or null
  const float* residual = nullptr;  ///< m rows of n, or null
  std::int64_t residual_row = 0;
  float* c = nullptr;
  std::int64_t c_row = 0;
};

void run_bf16_gemm(const Bf16GemmPlan& plan, const Bf16GemmCall& call, void* scratch,
                   ThreadPool& pool) noexcept;

/// Writes elements [depth.begin, depth.end) of the rows of A, rounded, to out + r * out_row for the
/// r-th of `rows`, in order. What it writes behind a row, up to kBf16CopySlack elements, does no
/// harm. Called by several threads at once.
inline constexpr std::int64_t kBf16CopySlack = 16;
using Bf16Rows = FunctionRef<void(Range rows, Range depth, Bf16* out, std::int64_t out_row)>;

/// The same for an A that is not a matrix in memory; of `call`, `a` and `a_row` are not looked at.
void run_bf16_gemm(const Bf16GemmPlan& plan, const Bf16GemmCall& call, Bf16Rows rows, void* scratch,
                   ThreadPool& pool) noexcept;

/// The packed form, for those who pack other weights: elements of all panels, where a panel begins,
/// and storing rows of a panel. `row` has `width` floats.
std::int64_t bf16_panel_width(std::int64_t n, std::int64_t column);
std::int64_t bf16_panel_offset(const Bf16GemmPlan& plan, std::int64_t column);
/// Rows k and k + 1 of a panel, k even.
void store_bf16_pair(const float* row, const float* next, std::int64_t width, std::int64_t k,
                     Bf16* panel);
/// One row, its neighbour left as it is.
void store_bf16_row(const float* row, std::int64_t width, std::int64_t k, Bf16* panel);

}  // namespace tern::cpu

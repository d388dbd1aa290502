// Matrix products in f32: C[m, n] = act(A[m, k] * B[k, n] + bias + residual).
//
// GemmPlan is for a constant B (weights), packed once; m may differ from run to run:
//   const GemmPlan plan = plan_gemm({.k = 512, .n = 1000, .epilogue = Epilogue::relu()});
//   pack_gemm(plan, weights, 1000, 1, packed);                  // packed: plan.packed_floats
//   floats run_gemm(plan, {.m = 32, .a = x, .a_row = 512, ...}, scratch, pool);
// BatchGemmPlan is for products of two run-time operands, many at a time, any strides.
//
// Plans are plain values. run_* validate nothing, allocate nothing, take no lock, and may be called
// from several threads at once with different scratch and outputs. Pointers need no alignment, but
// packed weights and scratch are fastest when aligned to 64 bytes. Outputs must not overlap inputs.
#pragma once

#include <cstdint>

#include "backend/cpu/compute/epilogue.h"
#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

struct GemmShape {
  std::int64_t k = 0;
  std::int64_t n = 0;
  Epilogue epilogue;
};

struct GemmPlan {
  GemmShape shape;
  Isa isa = Isa::kBaseline;
  std::int64_t packed_floats = 0;
};

struct GemmCall {
  std::int64_t m = 0;
  const float* a = nullptr;
  std::int64_t a_row = 0;  ///< floats from a row of A to the next
  std::int64_t a_column =
      1;  ///< floats from a column of A to the next; anything but 1 costs a copy
  const float* packed = nullptr;
  const float* bias = nullptr;      ///< n values, or null
  const float* residual = nullptr;  ///< m rows of n values, or null
  std::int64_t residual_row = 0;
  float* c = nullptr;
  std::int64_t c_row = 0;
};

GemmPlan plan_gemm(const GemmShape& shape, Isa isa = active_isa());

/// Packs B, whose element (r, c) stands at b[r * b_row + c * b_column]. Pass (1, k) strides for a
/// weight stored as [n, k]. `packed` has plan.packed_floats floats.
void pack_gemm(const GemmPlan& plan, const float* b, std::int64_t b_row, std::int64_t b_column,
               float* packed);
/// The same by the whole team.
void pack_gemm(const GemmPlan& plan, const float* b, std::int64_t b_row, std::int64_t b_column,
               float* packed, ThreadPool& pool) noexcept;

/// Scratch that run_gemm may use on a pool of `threads` for any m up to `m`.
std::int64_t gemm_scratch_floats(const GemmPlan& plan, std::int64_t m, int threads);

void run_gemm(const GemmPlan& plan, const GemmCall& call, float* scratch,
              ThreadPool& pool) noexcept;

/// Where the elements of a run-time operand stand.
struct Strides {
  std::int64_t row = 0;
  std::int64_t column = 1;
};

/// `batch` products C_i = act(alpha * A_i * B_i + bias + residual_i), C_i dense or with long rows.
struct BatchGemmShape {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::int64_t batch = 1;
  Strides a;
  Strides b;
  std::int64_t c_row = 0;
  float alpha = 1.0F;
  bool accumulate = false;  ///< C_i += instead of C_i =; then no bias and no residual
  Epilogue epilogue;
};

struct BatchGemmPlan {
  BatchGemmShape shape;
  Isa isa = Isa::kBaseline;
  int threads = 1;                  ///< the pool must not be larger
  bool parallel_batch = false;      ///< each thread computes whole products
  bool packs_blocks = false;        ///< B is packed in blocks by the threads that use them
  std::int64_t scratch_floats = 0;  ///< for a pool of `threads`
};

struct BatchGemmCall {
  const float* a = nullptr;
  const float* b = nullptr;
  const float* bias = nullptr;      ///< n values shared by all products, or null
  const float* residual = nullptr;  ///< laid out like C, or null
  float* c = nullptr;
  /// Start of each product's operand in floats, `batch` entries each: broadcasting repeats entries.
  const std::int64_t* a_offsets = nullptr;
  const std::int64_t* b_offsets = nullptr;
  const std::int64_t* c_offsets = nullptr;
};

BatchGemmPlan plan_batch_gemm(const BatchGemmShape& shape, int threads, Isa isa = active_isa());

void run_batch_gemm(const BatchGemmPlan& plan, const BatchGemmCall& call, float* scratch,
                    ThreadPool& pool) noexcept;

}  // namespace tern::cpu

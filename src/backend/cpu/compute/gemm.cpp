#include "backend/cpu/compute/gemm.h"

#include "backend/cpu/compute/packing.h"
#include "backend/cpu/compute/product.h"
#include "backend/cpu/compute/tile.h"

namespace tern::cpu {
namespace {

PackSource source_of(const GemmPlan& plan, const float* b, std::int64_t b_row,
                     std::int64_t b_column) {
  return {.b = b,
          .row_stride = b_row,
          .column_stride = b_column,
          .rows = plan.shape.k,
          .columns = plan.shape.n,
          .packed_rows = plan.shape.k};
}

}  // namespace

GemmPlan plan_gemm(const GemmShape& shape, Isa isa) {
  return {shape, isa, shape.k * packed_columns(tile_kernels(isa), shape.n)};
}

void pack_gemm(const GemmPlan& plan, const float* b, std::int64_t b_row, std::int64_t b_column,
               float* packed) {
  pack_panels(tile_kernels(plan.isa), source_of(plan, b, b_row, b_column), 0, plan.shape.n, packed);
}

void pack_gemm(const GemmPlan& plan, const float* b, std::int64_t b_row, std::int64_t b_column,
               float* packed, ThreadPool& pool) noexcept {
  pack_panels_together(tile_kernels(plan.isa), source_of(plan, b, b_row, b_column), packed, pool);
}

std::int64_t gemm_scratch_floats(const GemmPlan& plan, std::int64_t m, int threads) {
  return product_scratch(tile_kernels(plan.isa), m, plan.shape.n, plan.shape.k, threads);
}

void run_gemm(const GemmPlan& plan, const GemmCall& call, float* scratch,
              ThreadPool& pool) noexcept {
  run_product({.kernels = &tile_kernels(plan.isa),
               .epilogue = &plan.shape.epilogue,
               .m = call.m,
               .n = plan.shape.n,
               .k = plan.shape.k,
               .a = call.a,
               .a_strides = {call.a_row, call.a_column},
               .packed = call.packed,
               .bias = call.bias,
               .residual = call.residual,
               .residual_row = call.residual_row,
               .c = call.c,
               .c_row = call.c_row},
              scratch, pool);
}

}  // namespace tern::cpu

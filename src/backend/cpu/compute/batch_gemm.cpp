#include <algorithm>
#include <tuple>

#include "backend/cpu/compute/gemm.h"
#include "backend/cpu/compute/gemv.h"
#include "backend/cpu/compute/packing.h"
#include "backend/cpu/compute/product.h"
#include "backend/cpu/compute/tile.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

Product product_of(const BatchGemmPlan& plan, const BatchGemmCall& call, std::int64_t index,
                   const float* packed) {
  const BatchGemmShape& s = plan.shape;
  const std::int64_t c_offset = call.c_offsets[index];
  return {.kernels = &tile_kernels(plan.isa),
          .epilogue = &s.epilogue,
          .m = s.m,
          .n = s.n,
          .k = s.k,
          .a = call.a + call.a_offsets[index],
          .a_strides = s.a,
          .packed = packed,
          .bias = call.bias,
          .residual = call.residual != nullptr ? call.residual + c_offset : nullptr,
          .residual_row = s.c_row,
          .c = call.c + c_offset,
          .c_row = s.c_row,
          .accumulate = s.accumulate};
}

PackSource source_of(const BatchGemmShape& s, const float* b) {
  return {.b = b,
          .row_stride = s.b.row,
          .column_stride = s.b.column,
          .rows = s.k,
          .columns = s.n,
          .alpha = s.alpha,
          .packed_rows = s.k};
}

std::int64_t packed_b_floats(const BatchGemmShape& s, const TileKernels& kernels) {
  return (s.k * packed_columns(kernels, s.n) + 15) / 16 * 16;
}

// So few rows that packing B would cost more than it saves: B is read where it lies, once per row.
bool is_vector_product(const BatchGemmShape& s) {
  constexpr std::int64_t kMaxRows = 3;
  return s.m <= kMaxRows && (s.b.column == 1 || (s.b.row == 1 && s.a.column == 1));
}

// Columns [columns.begin, columns.end) of product `index`.
void run_vectors(const BatchGemmPlan& plan, const BatchGemmCall& call, std::int64_t index,
                 Range columns) {
  const BatchGemmShape& s = plan.shape;
  const GemvKernels& kernels = gemv_kernels(plan.isa);
  const bool by_rows = s.b.column == 1;
  const Product p = product_of(plan, call, index, nullptr);
  for (std::int64_t r = 0; r < s.m; ++r) {
    const VectorMatrix v{.x = p.a + r * s.a.row,
                         .x_step = s.a.column,
                         .k = s.k,
                         .b = call.b + call.b_offsets[index] + columns.begin * s.b.column,
                         .b_stride = by_rows ? s.b.row : s.b.column,
                         .n = columns.size(),
                         .alpha = s.alpha,
                         .y = p.c + r * s.c_row + columns.begin,
                         .accumulate = s.accumulate};
    (by_rows ? kernels.rows : kernels.columns)(v);
  }
  const auto moved = [&](const float* row) {
    return row != nullptr ? row + columns.begin : nullptr;
  };
  p.kernels->finish(p.c + columns.begin, s.c_row, moved(p.bias), moved(p.residual), s.c_row, s.m,
                    columns.size(), s.epilogue);
}

// All columns of all products, counted in chunks of cache lines, shared among the team.
void run_vector_products(const BatchGemmPlan& plan, const BatchGemmCall& call, ThreadPool& pool) {
  constexpr std::int64_t kChunk = 64;
  constexpr std::int64_t kMinWork = 16 * 1024;  // elements of B per thread
  const BatchGemmShape& s = plan.shape;
  const std::int64_t chunks = (s.n + kChunk - 1) / kChunk;
  const std::int64_t grain = std::max<std::int64_t>(1, kMinWork / (kChunk * (s.k * s.m + 1)));
  pool.parallel_for(s.batch * chunks, grain, [&](std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      const std::int64_t product = begin / chunks;
      const std::int64_t first = begin % chunks;
      const std::int64_t last = std::min(chunks, first + end - begin);
      run_vectors(plan, call, product, {first * kChunk, std::min(last * kChunk, s.n)});
      begin += last - first;
    }
  });
}

// Whole products per thread; a thread repacks B only when it changes from a product to the next.
void run_products(const BatchGemmPlan& plan, const BatchGemmCall& call, float* scratch,
                  ThreadPool& pool) {
  const BatchGemmShape& s = plan.shape;
  const TileKernels& kernels = tile_kernels(plan.isa);
  const std::int64_t packed_floats = packed_b_floats(s, kernels);
  const std::int64_t per_thread = packed_floats + copy_floats(kernels, s.k);
  pool.run([&](int thread, int threads) {
    const Range mine = part_of(s.batch, thread, threads);
    float* packed = scratch + thread * per_thread;
    std::int64_t packed_offset = -1;
    for (std::int64_t i = mine.begin; i < mine.end; ++i) {
      if (call.b_offsets[i] != packed_offset) {
        packed_offset = call.b_offsets[i];
        pack_panels(kernels, source_of(s, call.b + packed_offset), 0, s.n, packed);
      }
      const Product p = product_of(plan, call, i, packed);
      run_product_alone(p, packed + packed_floats);
    }
  });
}

// One product after the other, the whole team on each, B packed block by block.
void run_packing_blocks(const BatchGemmPlan& plan, const BatchGemmCall& call, float* scratch,
                        ThreadPool& pool) {
  for (std::int64_t i = 0; i < plan.shape.batch; ++i) {
    run_product_packing(product_of(plan, call, i, nullptr),
                        source_of(plan.shape, call.b + call.b_offsets[i]), scratch, pool);
  }
}

// One product after the other, the whole team on each, B packed first.
void run_product_by_product(const BatchGemmPlan& plan, const BatchGemmCall& call, float* scratch,
                            ThreadPool& pool) {
  const BatchGemmShape& s = plan.shape;
  const TileKernels& kernels = tile_kernels(plan.isa);
  float* rest = scratch + packed_b_floats(s, kernels);
  std::int64_t packed_offset = -1;
  for (std::int64_t i = 0; i < s.batch; ++i) {
    if (call.b_offsets[i] != packed_offset) {
      packed_offset = call.b_offsets[i];
      pack_panels_together(kernels, source_of(s, call.b + packed_offset), scratch, pool);
    }
    run_product(product_of(plan, call, i, scratch), rest, pool);
  }
}

}  // namespace

BatchGemmPlan plan_batch_gemm(const BatchGemmShape& shape, int threads, Isa isa) {
  const TileKernels& kernels = tile_kernels(isa);
  BatchGemmPlan plan{.shape = shape, .isa = isa, .threads = threads};
  if (is_vector_product(shape)) return plan;
  const int useful = useful_threads(shape.batch * shape.m, shape.n, shape.k, threads);
  plan.parallel_batch = useful > 1 && shape.batch >= 2 * threads;
  const auto [m, n, k] = std::tuple(shape.m, shape.n, shape.k);
  const std::int64_t packed = packed_b_floats(shape, kernels);
  if (plan.parallel_batch) {
    plan.scratch_floats = threads * (packed + copy_floats(kernels, k));
  } else if (favours_packing_blocks(kernels, m, n, k, threads)) {
    plan.packs_blocks = true;
    plan.scratch_floats = packing_product_scratch(kernels, n, k, threads);
  } else {
    plan.scratch_floats = packed + product_scratch(kernels, m, n, k, threads);
  }
  return plan;
}

void run_batch_gemm(const BatchGemmPlan& plan, const BatchGemmCall& call, float* scratch,
                    ThreadPool& pool) noexcept {
  if (plan.shape.m == 0 || plan.shape.n == 0) return;
  if (is_vector_product(plan.shape)) {
    run_vector_products(plan, call, pool);
  } else if (plan.parallel_batch) {
    run_products(plan, call, scratch, pool);
  } else if (plan.packs_blocks) {
    run_packing_blocks(plan, call, scratch, pool);
  } else {
    run_product_by_product(plan, call, scratch, pool);
  }
}

}  // namespace tern::cpu

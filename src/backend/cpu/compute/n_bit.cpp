#include "backend/cpu/compute/n_bit.h"

#include <algorithm>

#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

/// From this many rows on unpacking columns once is cheaper than unpacking them for every few rows.
constexpr std::int64_t kManyRows = 9;
/// Floats of unpacked columns that stay in the second level cache of two threads.
constexpr std::int64_t kChunkFloats = std::int64_t{1} << 19;
constexpr std::int64_t kColumnsPerTask = 16;

BatchGemmPlan chunk_plan(const NBitWeights& w, std::int64_t m, std::int64_t columns, int threads,
                         Isa isa) {
  const std::int64_t k = w.filled_k();
  return plan_batch_gemm({.m = m,
                          .n = columns,
                          .k = k,
                          .a = {.row = k, .column = 1},
                          .b = {.row = 1, .column = k},
                          .c_row = w.n},
                         threads, isa);
}

/// Rows of A in the order that NBitDot states, zeros where k is filled up.
void arrange(const NBitWeights& w, const float* a, float* out, std::int64_t begin,
             std::int64_t end) {
  const int streams = 8 / w.bits;
  const std::int64_t bytes = w.block_bytes();
  for (std::int64_t m = begin; m < end; ++m) {
    for (std::int64_t b = 0; b < w.blocks; ++b) {
      const float* const from = a + m * w.k + b * w.block_size;
      float* const to = out + m * w.filled_k() + b * w.block_size;
      const std::int64_t size = std::min(w.block_size, w.k - b * w.block_size);
      for (int s = 0; s < streams; ++s) {
        for (std::int64_t i = 0; i < bytes; ++i) {
          const std::int64_t at = i * streams + s;
          to[s * bytes + i] = at < size ? from[at] : 0.0F;
        }
      }
    }
  }
}

void sum_blocks(const NBitWeights& w, const float* a, std::int64_t rows, float* sums) {
  for (std::int64_t b = 0; b < rows * w.blocks; ++b) {
    float sum = 0;
    for (std::int64_t i = 0; i < w.block_size; ++i) sum += a[b * w.block_size + i];
    sums[b] = sum;
  }
}

}  // namespace

NBitPlan plan_n_bit(const NBitWeights& w, std::int64_t m, int threads, Isa isa) {
  NBitPlan plan{.m = m, .unpacks = m >= kManyRows, .isa = isa};
  const std::int64_t k = w.filled_k();
  plan.scratch_floats = m * k;
  if (!plan.unpacks) {
    plan.scratch_floats += m * w.blocks;
    return plan;
  }
  plan.chunk = std::clamp<std::int64_t>(kChunkFloats / k / 64 * 64, 64, 1024);
  plan.chunk = std::min(plan.chunk, w.n);
  plan.whole = chunk_plan(w, m, plan.chunk, threads, isa);
  const std::int64_t left = w.n % plan.chunk;
  if (left > 0) plan.last = chunk_plan(w, m, left, threads, isa);
  plan.scratch_floats +=
      plan.chunk * k + std::max(plan.whole.scratch_floats, plan.last.scratch_floats);
  return plan;
}

void run_n_bit(const NBitPlan& plan, const NBitWeights& w, const NBitCall& call, float* scratch,
               ThreadPool& pool) noexcept {
  const std::int64_t k = w.filled_k();
  const NBitKernels& kernels = n_bit_kernels(plan.isa);
  float* const a = scratch;
  if (!plan.unpacks) {
    float* const sums = a + plan.m * k;
    arrange(w, call.a, a, 0, plan.m);
    sum_blocks(w, a, plan.m, sums);
    pool.parallel_for(w.n, kColumnsPerTask, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t m = 0; m < plan.m; m += NBitDot::kMostRows) {
        const auto rows = static_cast<int>(std::min<std::int64_t>(NBitDot::kMostRows, plan.m - m));
        kernels.dot({.weights = &w,
                     .a = a + m * k,
                     .sums = sums + m * w.blocks,
                     .rows = rows,
                     .bias = call.bias,
                     .c = call.c + m * w.n},
                    begin, end);
      }
    });
    return;
  }
  float* const columns = a + plan.m * k;
  float* const inner = columns + plan.chunk * k;
  pool.parallel_for(
      plan.m, 1, [&](std::int64_t begin, std::int64_t end) { arrange(w, call.a, a, begin, end); });
  constexpr std::int64_t kStart = 0;
  for (std::int64_t first = 0; first < w.n; first += plan.chunk) {
    const std::int64_t count = std::min(plan.chunk, w.n - first);
    pool.parallel_for(count, kColumnsPerTask, [&](std::int64_t begin, std::int64_t end) {
      kernels.unpack(w, first + begin, first + end, columns + begin * k);
    });
    run_batch_gemm(count == plan.chunk ? plan.whole : plan.last,
                   {.a = a,
                    .b = columns,
                    .bias = call.bias != nullptr ? call.bias + first : nullptr,
                    .c = call.c + first,
                    .a_offsets = &kStart,
                    .b_offsets = &kStart,
                    .c_offsets = &kStart},
                   inner, pool);
  }
}

}  // namespace tern::cpu

#include "backend/cpu/compute/norm_grad.h"

#include <algorithm>

#include "backend/cpu/compute/packing.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

constexpr std::int64_t kGrain = 8 * 1024;  // elements that are worth a thread of their own

std::int64_t align(std::int64_t floats) { return (floats + 15) / 16 * 16; }

void add_up(const float* parts, std::int64_t step, int count, std::int64_t columns, float* out) {
  if (out == nullptr) return;
  for (std::int64_t c = 0; c < columns; ++c) {
    float sum = parts[c];
    for (int part = 1; part < count; ++part) sum += parts[part * step + c];
    out[c] = sum;
  }
}

}  // namespace

LayerNormGradPlan plan_layer_norm_grad(std::int64_t rows, std::int64_t columns, float epsilon,
                                       int threads, Isa isa) {
  LayerNormGradPlan plan{.rows = rows, .columns = columns, .epsilon = epsilon, .isa = isa};
  const std::int64_t useful = std::min(rows, rows * columns / kGrain);
  plan.parts = static_cast<int>(std::clamp<std::int64_t>(useful, 1, threads));
  plan.scratch_floats = 2 * plan.parts * align(columns);
  return plan;
}

void run_layer_norm_grad(const LayerNormGradPlan& plan, LayerNormGradCall call, float* scratch,
                         ThreadPool& pool) noexcept {
  const std::int64_t vector = align(plan.columns);
  pool.parallel_for(plan.parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) {
      const Range rows = part_of(plan.rows, part, plan.parts);
      LayerNormGradCall own = call;
      own.rows = rows.size();
      own.columns = plan.columns;
      own.epsilon = plan.epsilon;
      own.dy += rows.begin * plan.columns;
      own.x += rows.begin * plan.columns;
      own.dx += rows.begin * plan.columns;
      own.dscale = scratch + 2 * part * vector;
      own.dbias = own.dscale + vector;
      norm_grad_kernels(plan.isa).layer_norm(own);
    }
  });
  add_up(scratch, 2 * vector, plan.parts, plan.columns, call.dscale);
  add_up(scratch + vector, 2 * vector, plan.parts, plan.columns, call.dbias);
}

}  // namespace tern::cpu

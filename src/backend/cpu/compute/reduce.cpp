#include "backend/cpu/compute/reduce.h"

#include <algorithm>

#include "backend/cpu/compute/packing.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

constexpr std::int64_t kGrain = 16 * 1024;  // elements that are worth a thread of their own

// Part `part` of every axis, reduced to [outer, inner] at `y`.
void reduce_part(const ReducePlan& plan, const float* x, Range outer, Range axis, float* y) {
  const ReduceKernels& kernels = reduce_kernels(plan.isa);
  const std::int64_t slice = plan.axis * plan.inner;
  if (plan.inner == 1) {
    kernels.last(plan.op, x + outer.begin * slice + axis.begin, slice, outer.size(), axis.size(),
                 y + outer.begin);
    return;
  }
  for (std::int64_t o = outer.begin; o < outer.end; ++o) {
    kernels.first(plan.op, x + o * slice + axis.begin * plan.inner, plan.inner, axis.size(),
                  plan.inner, y + o * plan.inner);
  }
}

void finish_mean(const ReducePlan& plan, float* y, std::int64_t count) {
  if (plan.op != ReduceOp::kMean) return;
  reduce_kernels(plan.isa).scale(1.0F / static_cast<float>(plan.axis), y, count);
}

}  // namespace

ReducePlan plan_reduce(ReduceOp op, std::int64_t outer, std::int64_t axis, std::int64_t inner,
                       int threads, Isa isa) {
  ReducePlan plan{.op = op, .isa = isa, .outer = outer, .axis = axis, .inner = inner};
  const std::int64_t useful = outer * axis * inner / kGrain;
  if (outer < threads && axis >= threads && useful > 1) {
    plan.parts = static_cast<int>(std::min<std::int64_t>(threads, useful));
    plan.scratch_floats = plan.parts * outer * inner;
  }
  return plan;
}

void run_reduce(const ReducePlan& plan, const float* x, float* y, float* scratch,
                ThreadPool& pool) noexcept {
  const std::int64_t count = plan.outer * plan.inner;
  if (plan.parts > 1) {
    pool.parallel_for(plan.parts, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t part = begin; part < end; ++part) {
        reduce_part(plan, x, {0, plan.outer}, part_of(plan.axis, part, plan.parts),
                    scratch + part * count);
      }
    });
    std::copy_n(scratch, count, y);
    // Squares and absolute values are taken already; what is left of these ops is a sum.
    for (int part = 1; part < plan.parts; ++part) {
      reduce_kernels(plan.isa).combine(plan.op, scratch + part * count, y, count);
    }
    return finish_mean(plan, y, count);
  }
  const std::int64_t grain =
      std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, plan.axis * plan.inner));
  pool.parallel_for(plan.outer, grain, [&](std::int64_t begin, std::int64_t end) {
    reduce_part(plan, x, {begin, end}, {0, plan.axis}, y);
    finish_mean(plan, y + begin * plan.inner, (end - begin) * plan.inner);
  });
}

}  // namespace tern::cpu

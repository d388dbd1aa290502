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

namespace {

// Squares and absolute values are taken by the first stage; the later ones add up.
ReduceOp later_stage(ReduceOp op) {
  return op == ReduceOp::kSumSquares || op == ReduceOp::kSumAbs ? ReduceOp::kSum : op;
}

}  // namespace

ReduceChain plan_reduce_axes(ReduceOp op, std::span<const std::int64_t> dims,
                             const std::vector<bool>& reduced, int threads, Isa isa) {
  ReduceChain chain;
  chain.count = 1;
  std::int64_t inner = 1;    // product of the kept axes passed so far
  std::int64_t partial = 0;  // scratch of the hungriest stage
  for (std::size_t end = dims.size(); end > 0;) {
    if (!reduced[end - 1]) {
      inner *= dims[--end];
      continue;
    }
    std::int64_t axis = 1;
    for (; end > 0 && (reduced[end - 1] || dims[end - 1] == 1); --end) axis *= dims[end - 1];
    std::int64_t outer = 1;
    for (std::size_t d = 0; d < end; ++d) outer *= dims[d];
    if (axis == 1 && op != ReduceOp::kSumSquares && op != ReduceOp::kSumAbs) continue;
    chain.stages.push_back(plan_reduce(op, outer, axis, inner, threads, isa));
    partial = std::max(partial, chain.stages.back().scratch_floats);
    op = later_stage(op);
  }
  chain.count = inner;
  for (std::size_t i = 0; i + 1 < chain.stages.size(); ++i) {
    const ReducePlan& stage = chain.stages[i];
    chain.between_floats =
        std::max(chain.between_floats, (stage.outer * stage.inner + 15) / 16 * 16);
  }
  chain.scratch_floats = 2 * chain.between_floats + partial;
  return chain;
}

void run_reduce_axes(const ReduceChain& chain, const float* x, float* y, float* scratch,
                     ThreadPool& pool) noexcept {
  if (chain.stages.empty()) {
    std::copy_n(x, chain.count, y);
    return;
  }
  float* partial = scratch + 2 * chain.between_floats;
  for (std::size_t i = 0; i < chain.stages.size(); ++i) {
    const bool last = i + 1 == chain.stages.size();
    float* out = last ? y : scratch + static_cast<std::int64_t>(i % 2) * chain.between_floats;
    run_reduce(chain.stages[i], x, out, partial, pool);
    x = out;
  }
}

}  // namespace tern::cpu

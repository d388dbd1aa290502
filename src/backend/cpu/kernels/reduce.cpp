// Reductions of f32 over any axes that are known when the kernel is chosen, and the sums that undo
// broadcasting.
#include "backend/cpu/compute/reduce.h"

#include <algorithm>

#include "backend/kernel.h"
#include "ops/axes.h"
#include "tern/ops/reduce.h"

namespace tern::cpu {
namespace {

// Which axes go, when that is known; else nullopt.
std::optional<std::vector<bool>> reduced_axes(const Tensor* axes, bool given, bool noop, int rank) {
  std::vector<std::int64_t> named;
  if (given) {
    if (axes == nullptr || axes->dtype() != DType::kI64) return std::nullopt;
    named.assign(axes->span<std::int64_t>().begin(), axes->span<std::int64_t>().end());
  }
  if (named.empty()) {
    if (noop) return std::nullopt;
    return std::vector<bool>(static_cast<std::size_t>(rank), true);
  }
  Result<std::vector<int>> normal = normalize_axes(named, rank);
  if (!normal.ok()) return std::nullopt;
  std::vector<bool> reduced(static_cast<std::size_t>(rank), false);
  for (const int axis : *normal) reduced[static_cast<std::size_t>(axis)] = true;
  return reduced;
}

template <class Op, ReduceOp kOp>
struct ReduceF32 {
  using Operator = Op;
  using Plan = ReduceChain;

  static bool matches(const KernelQuery& q) {
    const Tensor* axes = q.has(1) ? q.constants[1] : nullptr;
    return q.in[0].dtype == DType::kF32 &&
           reduced_axes(axes, q.has(1), q.attributes<Op>().noop_with_empty_axes, q.in[0].rank())
               .has_value();
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& x = c.in[0].shape;
    const std::vector<bool> reduced =
        *reduced_axes(c.has(1) ? c.constants[1] : nullptr, c.has(1),
                      c.attributes<Op>().noop_with_empty_axes, x.rank());
    plan = plan_reduce_axes(kOp, x.dims(), reduced, c.threads);
    c.scratch_bytes = static_cast<std::size_t>(plan.scratch_floats) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    run_reduce_axes(plan, c.input<float>(0), c.output<float>(0), static_cast<float*>(c.scratch),
                    c.pool);
  }
};

struct SumToLikeF32 {
  using Operator = ops::SumToLike;
  using Plan = ReduceChain;

  static bool matches(const KernelQuery& q) { return q.in[0].dtype == DType::kF32; }

  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& x = c.in[0].shape;
    const Shape& y = c.out[0].shape;
    std::vector<bool> reduced(x.size(), true);
    const int lead = x.rank() - y.rank();
    for (int axis = lead; axis < x.rank(); ++axis) {
      reduced[static_cast<std::size_t>(axis)] = y[axis - lead] == 1;
    }
    plan = plan_reduce_axes(ReduceOp::kSum, x.dims(), reduced, c.threads);
    c.scratch_bytes = static_cast<std::size_t>(plan.scratch_floats) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    run_reduce_axes(plan, c.input<float>(0), c.output<float>(0), static_cast<float*>(c.scratch),
                    c.pool);
  }
};

}  // namespace

#define TERN_REDUCE(Name, op)                    \
  extern constinit const KernelDef k##Name##F32; \
  constinit const KernelDef k##Name##F32 = make_kernel<ReduceF32<ops::Name, op>>("reduce_f32");

TERN_REDUCE(ReduceL1, ReduceOp::kSumAbs)
TERN_REDUCE(ReduceMax, ReduceOp::kMax)
TERN_REDUCE(ReduceMean, ReduceOp::kMean)
TERN_REDUCE(ReduceMin, ReduceOp::kMin)
TERN_REDUCE(ReduceProd, ReduceOp::kProd)
TERN_REDUCE(ReduceSum, ReduceOp::kSum)
TERN_REDUCE(ReduceSumSquare, ReduceOp::kSumSquares)
#undef TERN_REDUCE

extern constinit const KernelDef kSumToLikeF32;
constinit const KernelDef kSumToLikeF32 = make_kernel<SumToLikeF32>("sum_to_like_f32");

}  // namespace tern::cpu

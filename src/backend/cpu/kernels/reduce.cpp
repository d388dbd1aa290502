// Reductions of f32 over neighbouring axes.
#include "backend/cpu/compute/reduce.h"

#include <algorithm>

#include "backend/kernel.h"
#include "ops/axes.h"
#include "tern/ops/reduce.h"

namespace tern::cpu {
namespace {

// The reduced axes of a shape, when they are known and stand side by side; else nullopt.
std::optional<std::vector<int>> neighbouring_axes(const Tensor* axes, bool given, bool noop,
                                                  int rank) {
  std::vector<std::int64_t> named;
  if (given) {
    if (axes == nullptr || axes->dtype() != DType::kI64) return std::nullopt;
    named.assign(axes->span<std::int64_t>().begin(), axes->span<std::int64_t>().end());
  }
  if (named.empty()) {
    if (noop) return std::nullopt;
    for (int axis = 0; axis < rank; ++axis) named.push_back(axis);
  }
  Result<std::vector<int>> normal = normalize_axes(named, rank);
  if (!normal.ok() || normal->empty()) return std::nullopt;
  if (normal->back() - normal->front() + 1 != static_cast<int>(normal->size())) return std::nullopt;
  return *normal;
}

template <class Op, ReduceOp kOp>
struct ReduceF32 {
  using Operator = Op;
  using Plan = ReducePlan;

  static bool matches(const KernelQuery& q) {
    const Tensor* axes = q.has(1) ? q.constants[1] : nullptr;
    return q.in[0].dtype == DType::kF32 &&
           neighbouring_axes(axes, q.has(1), q.attributes<Op>().noop_with_empty_axes,
                             q.in[0].rank())
               .has_value();
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& x = c.in[0].shape;
    const std::vector<int> axes =
        *neighbouring_axes(c.has(1) ? c.constants[1] : nullptr, c.has(1),
                           c.attributes<Op>().noop_with_empty_axes, x.rank());
    plan = plan_reduce(kOp, x.elements(0, axes.front()), x.elements(axes.front(), axes.back() + 1),
                       x.elements(axes.back() + 1, x.rank()), c.threads);
    c.scratch_bytes = static_cast<std::size_t>(plan.scratch_floats) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    run_reduce(plan, c.input<float>(0), c.output<float>(0), static_cast<float*>(c.scratch), c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kReduceMeanF32, kReduceSumF32, kReduceMaxF32;
constinit const KernelDef kReduceMeanF32 =
    make_kernel<ReduceF32<ops::ReduceMean, ReduceOp::kMean>>("reduce_f32");
constinit const KernelDef kReduceSumF32 =
    make_kernel<ReduceF32<ops::ReduceSum, ReduceOp::kSum>>("reduce_f32");
constinit const KernelDef kReduceMaxF32 =
    make_kernel<ReduceF32<ops::ReduceMax, ReduceOp::kMax>>("reduce_f32");

}  // namespace tern::cpu

// Transpose of 32-bit elements.
#include "backend/cpu/compute/transpose.h"

#include "backend/kernel.h"
#include "tern/ops/tensor.h"

namespace tern::cpu {
namespace {

struct Transpose32 {
  using Operator = ops::Transpose;
  using Plan = TransposePlan;

  static bool matches(const KernelQuery& q) {
    return bit_width(q.in[0].dtype) == 32 && q.in[0].rank() <= kMaxTransposeRank &&
           q.in[0].rank() >= 1;
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& x = c.in[0].shape;
    std::vector<std::int64_t> perm = c.attributes<ops::Transpose>().perm;
    for (int axis = x.rank() - 1; perm.size() < x.size(); --axis) perm.push_back(axis);
    for (std::int64_t& axis : perm) axis = axis < 0 ? axis + x.rank() : axis;
    plan = plan_transpose(x.dims(), perm);
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_transpose(plan, c.input<float>(0), c.output<float>(0), c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kTranspose32;
constinit const KernelDef kTranspose32 = make_kernel<Transpose32>("transpose_32bit");

}  // namespace tern::cpu

// Operators whose output shows elements of the input along other strides: Slice, Expand, and
// Transpose of elements that are not 32 bits wide.
#include "backend/cpu/compute/copy.h"
#include "backend/cpu/kernels/moved_bytes.h"
#include "backend/kernel.h"
#include "base/errors.h"
#include "ops/broadcast.h"
#include "ops/tensor/slicing.h"
#include "tern/ops/tensor.h"

namespace tern::cpu {
namespace {

struct StridedPlan {
  CopyPlan copy;
  std::int64_t offset_bytes = 0;
};

StridedPlan plan_strided(const TensorDesc& out, const Shape& x_strides, std::int64_t offset) {
  const std::int64_t element = moved_bytes(out.dtype);
  return {plan_copy(element, out.shape.dims(), x_strides.dims(), out.shape.strides().dims()),
          offset * element};
}

void run_strided(const StridedPlan& plan, RunContext& c) {
  run_copy(plan.copy, c.input<std::byte>(0) + plan.offset_bytes, c.out[0]->mutable_raw(), c.pool);
}

struct SliceBytes {
  using Operator = ops::Slice;
  struct Plan {
    StridedPlan strided;
    bool known = true;  // the bounds were known when the plan was made
  };

  static bool matches(const KernelQuery& q) { return moved_bytes(q.in[0].dtype) > 0; }

  static Status plan(const PlanContext& c, Plan& plan) {
    for (std::size_t i = 1; i < c.in.size(); ++i) {
      if (c.has(i) && c.constants[i] == nullptr) plan.known = false;
    }
    if (!plan.known) return {};
    return plan_slice(c.constants, c.in[0], c.out[0], plan.strided);
  }

  // Bounds may come from the run where the sizes of the output do not depend on them.
  static void run(const Plan& plan, RunContext& c) noexcept {
    if (plan.known) return run_strided(plan.strided, c);
    const TensorDesc data{c.in[0]->dtype(), c.in[0]->shape()};
    const TensorDesc out{c.out[0]->dtype(), c.out[0]->shape()};
    StridedPlan now;
    if (Status s = plan_slice(c.in, data, out, now); !s.ok()) {
      c.status = std::move(s);
      return;
    }
    run_strided(now, c);
  }

  static Status plan_slice(std::span<const Tensor* const> in, const TensorDesc& data,
                           const TensorDesc& out, StridedPlan& plan) {
    const ReferenceContext inputs(in, {}, {});
    Result<std::vector<ops::AxisRange>> ranges = ops::slice_ranges(inputs, data.shape, 1);
    if (!ranges.ok()) return ranges.status();
    const ops::SliceWalk walk = ops::walk_of(*ranges, data.shape);
    if (!(walk.sizes == out.shape)) {
      return invalid_argument("a slice of {} where {} was expected", walk.sizes.to_string(),
                              out.shape.to_string());
    }
    plan = plan_strided(out, walk.strides, walk.offset);
    return {};
  }
};

struct ExpandBytes {
  using Operator = ops::Expand;
  using Plan = StridedPlan;

  static bool matches(const KernelQuery& q) { return moved_bytes(q.in[0].dtype) > 0; }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan = plan_strided(c.out[0], broadcast_strides(c.in[0].shape, c.out[0].shape), 0);
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept { run_strided(plan, c); }
};

struct TransposeBytes {
  using Operator = ops::Transpose;
  using Plan = StridedPlan;

  static bool matches(const KernelQuery& q) { return moved_bytes(q.in[0].dtype) > 0; }
  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& x = c.in[0].shape;
    const std::vector<std::int64_t>& perm = c.attributes<ops::Transpose>().perm;
    const Shape strides = x.strides();
    Shape reordered;
    for (int i = 0; i < x.rank(); ++i) {
      const std::int64_t axis = perm.empty() ? x.rank() - 1 - i : perm[static_cast<std::size_t>(i)];
      reordered.push_back(strides[static_cast<int>(axis < 0 ? axis + x.rank() : axis)]);
    }
    plan = plan_strided(c.out[0], reordered, 0);
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept { run_strided(plan, c); }
};

}  // namespace

extern constinit const KernelDef kSliceBytes, kExpandBytes, kTransposeBytes;
constinit const KernelDef kSliceBytes = make_kernel<SliceBytes>("slice_bytes");
constinit const KernelDef kExpandBytes = make_kernel<ExpandBytes>("expand_bytes");
constinit const KernelDef kTransposeBytes = make_kernel<TransposeBytes>("transpose_bytes");

}  // namespace tern::cpu

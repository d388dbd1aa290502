// The gradient of Gather in f32: rows added up where they were taken from (an embedding's weights).
#include <algorithm>
#include <cstring>

#include "backend/cpu/compute/reduce.h"
#include "backend/kernel.h"
#include "ops/axes.h"
#include "ops/tensor/gathering.h"
#include "tern/ops/tensor.h"

namespace tern::cpu {
namespace {

struct GatherGradF32 {
  using Operator = ops::GatherGrad;
  struct Plan {
    AxisSplit split;  // of dX
    std::int64_t indices = 0;
    bool wide = false;        // indices are i64, else i32
    std::int64_t slices = 1;  // in which the threads share dX's inner axes
  };

  static bool matches(const KernelQuery& q) {
    return q.in[0].dtype == DType::kF32 && q.in[1].rank() >= 1;
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& x = c.out[0].shape;
    Result<int> axis = normalize_axis(c.attributes<ops::GatherGrad>().axis, x.rank());
    if (!axis.ok()) return axis.status();
    plan.split = split_at(x, *axis);
    plan.indices = c.in[2].shape.elements();
    plan.wide = c.in[2].dtype == DType::kI64;
    // Any two indices may be the same, so threads take columns; whole cache lines of them.
    constexpr std::int64_t kLine = 16;
    constexpr std::int64_t kMinWork = 16 * 1024;  // elements per thread
    const std::int64_t work =
        plan.split.outer * plan.split.inner * (plan.indices + plan.split.size);
    plan.slices =
        std::clamp<std::int64_t>(std::min(plan.split.inner / kLine, work / kMinWork), 1, c.threads);
    c.scratch_bytes = static_cast<std::size_t>(plan.indices) * sizeof(std::int64_t);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    auto* places = static_cast<std::int64_t*>(c.scratch);
    for (std::int64_t i = 0; i < plan.indices; ++i) {
      const std::int64_t index =
          plan.wide ? c.input<std::int64_t>(2)[i] : c.input<std::int32_t>(2)[i];
      const Result<std::int64_t> place = ops::checked_index(index, plan.split.size);
      if (!place.ok()) {
        c.status = place.status();
        return;
      }
      places[i] = *place;
    }
    const auto* dy = c.input<float>(0);
    auto* dx = c.output<float>(0);
    c.pool.parallel_for(plan.slices, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t slice = begin; slice < end; ++slice) add_slice(plan, places, slice, dy, dx);
    });
  }

 private:
  static void add_slice(const Plan& plan, const std::int64_t* places, std::int64_t slice,
                        const float* dy, float* dx) {
    const AxisSplit& s = plan.split;
    const ReduceKernels& kernels = reduce_kernels(active_isa());
    const std::int64_t lines = (s.inner + 15) / 16;
    const std::int64_t first = std::min(lines * slice / plan.slices * 16, s.inner);
    const std::int64_t last = std::min(lines * (slice + 1) / plan.slices * 16, s.inner);
    const std::int64_t columns = last - first;
    for (std::int64_t o = 0; o < s.outer; ++o) {
      float* to = dx + o * s.size * s.inner + first;
      const float* from = dy + o * plan.indices * s.inner + first;
      for (std::int64_t r = 0; r < s.size; ++r) std::fill_n(to + r * s.inner, columns, 0.0F);
      for (std::int64_t i = 0; i < plan.indices; ++i) {
        kernels.combine(ReduceOp::kSum, from + i * s.inner, to + places[i] * s.inner, columns);
      }
    }
  }
};

}  // namespace

extern constinit const KernelDef kGatherGradF32;
constinit const KernelDef kGatherGradF32 = make_kernel<GatherGradF32>("gather_grad_f32");

}  // namespace tern::cpu

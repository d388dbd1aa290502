// Gather: rows of bytes picked by i32 or i64 indices (embedding tables, above all).
#include <cstring>

#include "backend/cpu/kernels/moved_bytes.h"
#include "backend/kernel.h"
#include "base/errors.h"
#include "ops/axes.h"
#include "tern/ops/tensor.h"

namespace tern::cpu {
namespace {

struct GatherBytes {
  using Operator = ops::Gather;
  struct Plan {
    std::int64_t outer = 1;
    std::int64_t size = 1;   // of the axis that is indexed
    std::int64_t bytes = 1;  // of a slice behind that axis
    std::int64_t picks = 0;
  };

  static bool matches(const KernelQuery& q) { return moved_bytes(q.in[0].dtype) > 0; }

  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& data = c.in[0].shape;
    Result<int> axis = normalize_axis(c.attributes<ops::Gather>().axis, data.rank());
    if (!axis.ok()) return axis.status();
    const AxisSplit split = split_at(data, *axis);
    plan = {.outer = split.outer,
            .size = split.size,
            .bytes = split.inner * moved_bytes(c.in[0].dtype),
            .picks = c.in[1].shape.elements()};
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    if (c.in[1]->dtype() == DType::kI64) {
      gather<std::int64_t>(plan, c);
    } else {
      gather<std::int32_t>(plan, c);
    }
  }

  template <class Index>
  static void gather(const Plan& plan, RunContext& c) {
    const auto* indices = c.input<Index>(1);
    for (std::int64_t i = 0; i < plan.picks; ++i) {
      if (indices[i] >= -plan.size && indices[i] < plan.size) continue;
      c.status = out_of_range("index {} is outside [-{}, {})", indices[i], plan.size, plan.size);
      return;
    }
    const auto* x = c.input<std::byte>(0);
    auto* y = c.output<std::byte>(0);
    constexpr std::int64_t kGrainBytes = 64 * 1024;
    const std::int64_t grain =
        std::max<std::int64_t>(1, kGrainBytes / std::max<std::int64_t>(1, plan.bytes));
    c.pool.parallel_for(plan.outer * plan.picks, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t index = indices[i % plan.picks];
        const std::int64_t place = index < 0 ? index + plan.size : index;
        std::memcpy(y + i * plan.bytes, x + (i / plan.picks * plan.size + place) * plan.bytes,
                    static_cast<std::size_t>(plan.bytes));
      }
    });
  }
};

}  // namespace

extern constinit const KernelDef kGatherBytes;
constinit const KernelDef kGatherBytes = make_kernel<GatherBytes>("gather_bytes");

}  // namespace tern::cpu

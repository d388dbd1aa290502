// Transpose of 32-bit elements, and of bytes between channels first and channels last.
#include "backend/cpu/compute/transpose.h"

#include "backend/cpu/compute/byte_transpose.h"
#include "backend/cpu/kernels/moved_bytes.h"
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

// Axes that stay in front, then two groups of axes that change places.
struct TransposePixels {
  using Operator = ops::Transpose;
  struct Plan {
    std::int64_t batch = 1, rows = 1, columns = 1;
  };

  static bool matches(const KernelQuery& q) {
    const std::vector<std::int64_t>& perm = q.attributes<ops::Transpose>().perm;
    return moved_bytes(q.in[0].dtype) == 1 && split_of(perm).second > 0;
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& x = c.in[0].shape;
    const auto [first, second] = split_of(c.attributes<ops::Transpose>().perm);
    plan = {x.elements(0, first), x.elements(first, second), x.elements(second, x.rank())};
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_transpose_bytes(c.input<std::uint8_t>(0), c.output<std::uint8_t>(0), plan.batch, plan.rows,
                        plan.columns, c.pool);
  }

 private:
  // Where the groups [first, second) and [second, rank) begin; second is 0 for another order.
  static std::pair<int, int> split_of(std::span<const std::int64_t> perm) {
    const auto rank = static_cast<std::int64_t>(perm.size());
    std::int64_t first = 0;
    while (first < rank && perm[static_cast<std::size_t>(first)] == first) ++first;
    if (first == rank) return {0, 0};
    const std::int64_t second = perm[static_cast<std::size_t>(first)];
    for (std::int64_t i = first; i < rank; ++i) {
      const std::int64_t turned = second + i - first;
      const std::int64_t axis = turned < rank ? turned : turned - rank + first;
      if (perm[static_cast<std::size_t>(i)] != axis) return {0, 0};
    }
    return {static_cast<int>(first), static_cast<int>(second)};
  }
};

}  // namespace

extern constinit const KernelDef kTranspose32, kTransposePixels;
constinit const KernelDef kTransposePixels = make_kernel<TransposePixels>("transpose_pixels");
constinit const KernelDef kTranspose32 = make_kernel<Transpose32>("transpose_32bit");

}  // namespace tern::cpu

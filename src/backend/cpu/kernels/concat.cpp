// Concat and Split of any elements of 1, 2, 4 or 8 bytes: rows of bytes copied side by side.
#include <vector>

#include "backend/cpu/compute/copy.h"
#include "backend/cpu/kernels/moved_bytes.h"
#include "backend/kernel.h"
#include "ops/axes.h"
#include "tern/ops/tensor.h"

namespace tern::cpu {
namespace {

// One piece of the whole; the offset is that of its first row in the whole.
struct Piece {
  CopyPlan copy;
  std::int64_t offset_bytes = 0;
};

// The pieces along an axis of `whole`. A piece with a row of its own is in its place already.
Result<std::vector<Piece>> cut(const TensorDesc& whole, std::span<const TensorDesc> pieces,
                               std::int64_t axis_attribute, bool to_whole) {
  Result<int> axis = normalize_axis(axis_attribute, whole.shape.rank());
  if (!axis.ok()) return axis.status();
  const std::int64_t element = moved_bytes(whole.dtype);
  const AxisSplit all = split_at(whole.shape, *axis);
  const std::int64_t whole_row = all.size * all.inner * element;
  std::vector<Piece> cut;
  std::int64_t offset = 0;
  for (const TensorDesc& piece : pieces) {
    const std::int64_t row = piece.shape[*axis] * all.inner * element;
    const std::int64_t rows = piece.row != 0 ? 0 : all.outer;
    cut.push_back(
        {plan_copy_rows(rows, row, to_whole ? row : whole_row, to_whole ? whole_row : row),
         offset});
    offset += row;
  }
  return cut;
}

struct ConcatBytes {
  using Operator = ops::Concat;
  using Plan = std::vector<Piece>;
  static constexpr bool kPlacedInputs = true;

  static bool matches(const KernelQuery& q) { return moved_bytes(q.out[0].dtype) > 0; }
  static Status plan(const PlanContext& c, Plan& plan) {
    Result<Plan> pieces = cut(c.out[0], c.in, c.attributes<ops::Concat>().axis, true);
    if (!pieces.ok()) return pieces.status();
    plan = std::move(*pieces);
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    auto* y = c.output<std::byte>(0);
    for (std::size_t i = 0; i < plan.size(); ++i) {
      run_copy(plan[i].copy, c.in[i]->raw(), y + plan[i].offset_bytes, c.pool);
    }
  }
};

struct SplitBytes {
  using Operator = ops::Split;
  using Plan = std::vector<Piece>;

  // A piece that nobody wants has no known size.
  static bool matches(const KernelQuery& q) {
    for (std::size_t i = 0; i < q.out.size(); ++i) {
      if (!q.wants(i)) return false;
    }
    return moved_bytes(q.in[0].dtype) > 0;
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    Result<Plan> pieces = cut(c.in[0], c.out, c.attributes<ops::Split>().axis, false);
    if (!pieces.ok()) return pieces.status();
    plan = std::move(*pieces);
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto* x = c.input<std::byte>(0);
    for (std::size_t i = 0; i < plan.size(); ++i) {
      run_copy(plan[i].copy, x + plan[i].offset_bytes, c.out[i]->mutable_raw(), c.pool);
    }
  }
};

}  // namespace

extern constinit const KernelDef kConcatBytes, kSplitBytes;
constinit const KernelDef kConcatBytes = make_kernel<ConcatBytes>("concat_bytes");
constinit const KernelDef kSplitBytes = make_kernel<SplitBytes>("split_bytes");

}  // namespace tern::cpu

// Softmax, its gradient and LogSoftmax along the last axis, f32.
#include "backend/cpu/compute/rows.h"
#include "backend/kernel.h"
#include "tern/ops/fused_grad.h"
#include "tern/ops/nn.h"

namespace tern::cpu {
namespace {

using RowFunction = void (*)(const float*, float*, std::int64_t, std::int64_t, ThreadPool&, Isa);

template <class Op, RowFunction kFunction>
struct RowsF32 {
  using Operator = Op;
  static constexpr std::uint32_t kInPlaceInputs = 0b1;
  struct Plan {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
  };

  static bool matches(const KernelQuery& q) {
    const std::int64_t axis = q.attributes<Op>().axis;
    return q.all(DType::kF32) && (axis == -1 || axis == q.in[0].rank() - 1);
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& x = c.in[0].shape;
    plan = {.rows = x.elements(0, x.rank() - 1), .columns = x.back()};
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    kFunction(c.input<float>(0), c.output<float>(0), plan.rows, plan.columns, c.pool, active_isa());
  }
};

struct SoftmaxGradF32 {
  using Operator = ops::SoftmaxGrad;
  static constexpr std::uint32_t kInPlaceInputs = 0b11;
  using Plan = RowsF32<ops::Softmax, run_softmax>::Plan;

  static bool matches(const KernelQuery& q) {
    const std::int64_t axis = q.attributes<ops::SoftmaxGrad>().axis;
    return q.all(DType::kF32) && (axis == -1 || axis == q.in[1].rank() - 1);
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& y = c.in[1].shape;
    plan = {.rows = y.elements(0, y.rank() - 1), .columns = y.back()};
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_softmax_grad(c.input<float>(0), c.input<float>(1), c.output<float>(0), plan.rows,
                     plan.columns, c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kSoftmaxF32, kLogSoftmaxF32, kSoftmaxGradF32;
constinit const KernelDef kSoftmaxF32 =
    make_kernel<RowsF32<ops::Softmax, run_softmax>>("softmax_f32");
constinit const KernelDef kLogSoftmaxF32 =
    make_kernel<RowsF32<ops::LogSoftmax, run_log_softmax>>("log_softmax_f32");

constinit const KernelDef kSoftmaxGradF32 = make_kernel<SoftmaxGradF32>("softmax_grad_f32");

}  // namespace tern::cpu

// Element-wise functions of two f32 tensors, broadcast.
#include "backend/cpu/compute/elementwise.h"
#include "backend/kernel.h"
#include "tern/ops/math.h"

namespace tern::cpu {
namespace {

template <class Op, BinaryOp kOp>
struct BinaryF32 {
  using Operator = Op;
  static constexpr std::uint32_t kInPlaceInputs = 0b11;
  using Plan = BinaryPlan;

  static bool matches(const KernelQuery& q) {
    return q.in.size() == 2 && q.all(DType::kF32) && q.in[0].rank() <= kMaxBroadcastRank &&
           q.in[1].rank() <= kMaxBroadcastRank;
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan = plan_binary(kOp, c.out[0].shape.dims(), c.in[0].shape.dims(), c.in[1].shape.dims());
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_binary(plan, c.input<float>(0), c.input<float>(1), c.output<float>(0), c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kAddF32, kSubF32, kMulF32, kDivF32, kPowF32, kMaxF32, kMinF32;
constinit const KernelDef kAddF32 = make_kernel<BinaryF32<ops::Add, BinaryOp::kAdd>>("binary_f32");
constinit const KernelDef kSubF32 = make_kernel<BinaryF32<ops::Sub, BinaryOp::kSub>>("binary_f32");
constinit const KernelDef kMulF32 = make_kernel<BinaryF32<ops::Mul, BinaryOp::kMul>>("binary_f32");
constinit const KernelDef kDivF32 = make_kernel<BinaryF32<ops::Div, BinaryOp::kDiv>>("binary_f32");
constinit const KernelDef kPowF32 = make_kernel<BinaryF32<ops::Pow, BinaryOp::kPow>>("binary_f32");
constinit const KernelDef kMaxF32 = make_kernel<BinaryF32<ops::Max, BinaryOp::kMax>>("binary_f32");
constinit const KernelDef kMinF32 = make_kernel<BinaryF32<ops::Min, BinaryOp::kMin>>("binary_f32");

}  // namespace tern::cpu

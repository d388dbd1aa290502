// Element-wise functions of two f32 tensors, broadcast.
#include "backend/cpu/compute/elementwise.h"
#include "backend/kernel.h"
#include "tern/ops/fused_grad.h"
#include "tern/ops/math.h"
#include "tern/ops/reduce.h"

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

struct GeluGradF32 : BinaryF32<ops::GeluGrad, BinaryOp::kGeluGrad> {
  static Status plan(const PlanContext& c, Plan& plan) {
    const bool tanh = c.attributes<ops::GeluGrad>().approximate == ops::GeluApproximation::kTanh;
    plan = plan_binary(tanh ? BinaryOp::kGeluTanhGrad : BinaryOp::kGeluGrad, c.out[0].shape.dims(),
                       c.in[0].shape.dims(), c.in[1].shape.dims());
    return {};
  }
};

// X times a number, broadcast.
struct BroadcastToLikeF32 {
  using Operator = ops::BroadcastToLike;
  struct Plan {
    BinaryPlan product;
    float factor = 1.0F;
  };

  static bool matches(const KernelQuery& q) {
    return q.in[0].dtype == DType::kF32 && q.out[0].has_rank &&
           q.out[0].rank() <= kMaxBroadcastRank;
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& x = c.in[0].shape;
    const Shape& y = c.out[0].shape;
    plan.product = plan_binary(BinaryOp::kMul, y.dims(), x.dims(), {});
    if (c.attributes<ops::BroadcastToLike>().average && y.elements() > 0) {
      plan.factor =
          static_cast<float>(static_cast<double>(x.elements()) / static_cast<double>(y.elements()));
    }
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_binary(plan.product, c.input<float>(0), &plan.factor, c.output<float>(0), c.pool);
  }
};

}  // namespace

#define TERN_BINARY(Name, op)                    \
  extern constinit const KernelDef k##Name##F32; \
  constinit const KernelDef k##Name##F32 = make_kernel<BinaryF32<ops::Name, op>>("binary_f32");

TERN_BINARY(Add, BinaryOp::kAdd)
TERN_BINARY(Div, BinaryOp::kDiv)
TERN_BINARY(Max, BinaryOp::kMax)
TERN_BINARY(Min, BinaryOp::kMin)
TERN_BINARY(Mul, BinaryOp::kMul)
TERN_BINARY(Pow, BinaryOp::kPow)
TERN_BINARY(ReluGrad, BinaryOp::kReluGrad)
TERN_BINARY(Sub, BinaryOp::kSub)
#undef TERN_BINARY

extern constinit const KernelDef kBroadcastToLikeF32, kGeluGradF32;
constinit const KernelDef kBroadcastToLikeF32 =
    make_kernel<BroadcastToLikeF32>("broadcast_to_like_f32");
constinit const KernelDef kGeluGradF32 = make_kernel<GeluGradF32>("gelu_grad_f32");

}  // namespace tern::cpu

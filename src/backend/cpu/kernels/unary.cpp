// Element-wise functions of one f32 tensor.
#include "backend/cpu/compute/elementwise.h"

#include <limits>

#include "backend/kernel.h"
#include "tensor/element.h"
#include "tern/ops/math.h"

namespace tern::cpu {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

template <class Op>
struct UnaryF32 {
  using Operator = Op;
  static constexpr std::uint32_t kInPlaceInputs = 0b1;
  struct Plan {
    Unary unary;
    std::int64_t count = 0;
  };

  static bool matches(const KernelQuery& q) { return q.all(DType::kF32); }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan.unary = function_of(c.attributes<Op>());
    plan.count = c.out[0].shape.elements();
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_unary(plan.unary, c.input<float>(0), c.output<float>(0), plan.count, c.pool);
  }

  static Unary function_of(const Op& op);
};

#define TERN_UNARY(Name, function)                                                        \
  template <>                                                                             \
  Unary UnaryF32<ops::Name>::function_of(const ops::Name& op) {                           \
    (void)op;                                                                             \
    return function;                                                                      \
  }                                                                                       \
  }                                                                                       \
  extern constinit const KernelDef k##Name##F32;                                          \
  constinit const KernelDef k##Name##F32 = make_kernel<UnaryF32<ops::Name>>("unary_f32"); \
  namespace {

TERN_UNARY(Abs, {.op = UnaryOp::kAbs})
TERN_UNARY(Ceil, {.op = UnaryOp::kCeil})
TERN_UNARY(Elu, (Unary{.op = UnaryOp::kElu, .a = op.alpha}))
TERN_UNARY(Erf, {.op = UnaryOp::kErf})
TERN_UNARY(Exp, {.op = UnaryOp::kExp})
TERN_UNARY(Floor, {.op = UnaryOp::kFloor})
TERN_UNARY(Gelu, {.op = op.approximate == ops::GeluApproximation::kTanh ? UnaryOp::kGeluTanh
                                                                        : UnaryOp::kGelu})
TERN_UNARY(HardSigmoid, (Unary{.op = UnaryOp::kHardSigmoid, .a = op.alpha, .b = op.beta}))
TERN_UNARY(HardSwish, {.op = UnaryOp::kHardSwish})
TERN_UNARY(LeakyRelu, (Unary{.op = UnaryOp::kLeakyRelu, .a = op.alpha}))
TERN_UNARY(Log, {.op = UnaryOp::kLog})
TERN_UNARY(Mish, {.op = UnaryOp::kMish})
TERN_UNARY(Neg, {.op = UnaryOp::kNeg})
TERN_UNARY(Reciprocal, {.op = UnaryOp::kReciprocal})
TERN_UNARY(Relu, (Unary{.op = UnaryOp::kClip, .a = 0.0f, .b = kInfinity}))
TERN_UNARY(Round, {.op = UnaryOp::kRound})
TERN_UNARY(Sigmoid, {.op = UnaryOp::kSigmoid})
TERN_UNARY(Softplus, {.op = UnaryOp::kSoftplus})
TERN_UNARY(Sqrt, {.op = UnaryOp::kSqrt})
TERN_UNARY(Swish, (Unary{.op = op.alpha == 1 ? UnaryOp::kSilu : UnaryOp::kSwish, .a = op.alpha}))
TERN_UNARY(Tanh, {.op = UnaryOp::kTanh})
#undef TERN_UNARY

// Clip's bounds are inputs; they are read at run time.
struct ClipF32 {
  using Operator = ops::Clip;
  static constexpr std::uint32_t kInPlaceInputs = 0b1;
  struct Plan {
    std::int64_t count = 0;
  };
  static bool matches(const KernelQuery& q) { return q.all(DType::kF32); }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan.count = c.out[0].shape.elements();
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    const float* lo = c.optional_input<float>(1);
    const float* hi = c.optional_input<float>(2);
    const Unary clip{.op = UnaryOp::kClip,
                     .a = lo != nullptr ? *lo : -kInfinity,
                     .b = hi != nullptr ? *hi : kInfinity};
    run_unary(clip, c.input<float>(0), c.output<float>(0), plan.count, c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kClipF32;
constinit const KernelDef kClipF32 = make_kernel<ClipF32>("clip_f32");

}  // namespace tern::cpu

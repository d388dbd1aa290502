// Comparisons, logic, integer arithmetic, Where and Cast: the element-wise operators that are not
// f32 to f32.
#include "backend/cpu/compute/typed.h"

#include "backend/cpu/kernels/moved_bytes.h"
#include "backend/kernel.h"
#include "tern/ops/math.h"
#include "tern/ops/tensor.h"

namespace tern::cpu {
namespace {

std::optional<ElementType> element_type(DType dtype) {
  switch (dtype) {
    case DType::kF32: return ElementType::kF32;
    case DType::kI32: return ElementType::kI32;
    case DType::kI64: return ElementType::kI64;
    case DType::kBool: return ElementType::kBool;
    default: return std::nullopt;
  }
}

template <class Op, TypedOp kOp>
struct TypedBinary {
  using Operator = Op;
  using Plan = TypedBinaryPlan;

  static bool matches(const KernelQuery& q) {
    const std::optional<ElementType> type = element_type(q.in[0].dtype);
    return q.in.size() == 2 && type && q.in[1].dtype == q.in[0].dtype &&
           typed_kernels(active_isa()).binary(kOp, *type) != nullptr;
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan = plan_typed_binary(kOp, *element_type(c.in[0].dtype), c.out[0].shape.dims(),
                             c.in[0].shape.dims(), c.in[1].shape.dims());
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_typed_binary(plan, c.in[0]->raw(), c.in[1]->raw(), c.out[0]->mutable_raw(), c.pool);
  }
};

struct WhereBytes {
  using Operator = ops::Where;
  using Plan = SelectPlan;

  static bool matches(const KernelQuery& q) { return moved_bytes(q.out[0].dtype) > 0; }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan = plan_select(moved_bytes(c.out[0].dtype), c.out[0].shape.dims(), c.in[0].shape.dims(),
                       c.in[1].shape.dims(), c.in[2].shape.dims());
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_select(plan, c.input<bool>(0), c.in[1]->raw(), c.in[2]->raw(), c.out[0]->mutable_raw(),
               c.pool);
  }
};

struct CastTyped {
  using Operator = ops::Cast;
  struct Plan {
    ElementType from = ElementType::kF32;
    ElementType to = ElementType::kF32;
    std::int64_t count = 0;
  };

  static bool matches(const KernelQuery& q) {
    return element_type(q.in[0].dtype) && element_type(q.out[0].dtype);
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan = {*element_type(c.in[0].dtype), *element_type(c.out[0].dtype), c.out[0].shape.elements()};
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_cast(plan.from, plan.to, c.in[0]->raw(), c.out[0]->mutable_raw(), plan.count, c.pool);
  }
};

}  // namespace

#define TERN_TYPED(Name, function)                 \
  extern constinit const KernelDef k##Name##Typed; \
  constinit const KernelDef k##Name##Typed =       \
      make_kernel<TypedBinary<ops::Name, TypedOp::k##function>>("binary_typed");
TERN_TYPED(Add, Add)
TERN_TYPED(Sub, Sub)
TERN_TYPED(Mul, Mul)
TERN_TYPED(Div, Div)
TERN_TYPED(Max, Max)
TERN_TYPED(Min, Min)
TERN_TYPED(Equal, Equal)
TERN_TYPED(Less, Less)
TERN_TYPED(LessOrEqual, LessOrEqual)
TERN_TYPED(Greater, Greater)
TERN_TYPED(GreaterOrEqual, GreaterOrEqual)
TERN_TYPED(And, And)
TERN_TYPED(Or, Or)
TERN_TYPED(Xor, Xor)
#undef TERN_TYPED

extern constinit const KernelDef kWhereBytes, kCastTyped;
constinit const KernelDef kWhereBytes = make_kernel<WhereBytes>("where_bytes");
constinit const KernelDef kCastTyped = make_kernel<CastTyped>("cast_typed");

}  // namespace tern::cpu

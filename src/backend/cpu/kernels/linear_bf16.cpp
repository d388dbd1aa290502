// tern.Linear with a constant weight in bf16: the rows of X and the weight rounded, sums, bias,
// residual and activation in f32.
#include "backend/cpu/compute/bf16_gemm.h"
#include "backend/cpu/kernels/epilogue_of.h"
#include "backend/kernel.h"
#include "base/errors.h"
#include "tern/ops/fused.h"

namespace tern::cpu {
namespace {

struct LinearPackedBf16 {
  using Operator = ops::Linear;
  static constexpr std::uint32_t kPackedInputs = 0b10;
  struct Packed {
    Bf16GemmPlan gemm;
    Tensor weights;
    std::size_t bytes() const { return weights.bytes(); }
  };
  struct Plan {
    std::int64_t rows = 0;
  };

  static bool matches(const KernelQuery& q) {
    return q.precision == Precision::kBF16 && active_bf16_unit() != Bf16Unit::kNone &&
           q.all(DType::kF32) && q.in[1].concrete() && q.is_constant(1) &&
           epilogue_of(q.attributes<ops::Linear>()).has_value();
  }

  static Result<Packed> pack(const PackContext& c) {
    const auto& op = c.query.attributes<ops::Linear>();
    const Tensor& w = c.constant(1);
    const std::int64_t k = op.trans_b ? w.dim(1) : w.dim(0);
    const std::int64_t n = op.trans_b ? w.dim(0) : w.dim(1);
    Packed packed;
    packed.gemm = plan_bf16_gemm({.k = k, .n = n, .epilogue = *epilogue_of(op)},
                                 *bf16_kernels(active_bf16_unit()));
    TERN_ASSIGN_OR_RETURN(packed.weights,
                          Tensor::uninitialized(DType::kBF16, {packed.gemm.packed_elements}));
    pack_bf16_gemm(packed.gemm, w.data<float>(), op.trans_b ? 1 : n, op.trans_b ? k : 1,
                   static_cast<Bf16*>(packed.weights.mutable_raw()), c.pool);
    return packed;
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& x = c.in[0].shape;
    plan.rows = x.elements(0, x.rank() - 1);
    c.scratch_bytes = bf16_gemm_scratch_bytes(c.packed_as<Packed>().gemm, plan.rows, c.threads);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto& packed = c.packed_as<Packed>();
    const std::int64_t n = packed.gemm.shape.n;
    run_bf16_gemm(packed.gemm,
                  {.m = plan.rows,
                   .a = c.input<float>(0),
                   .a_row = packed.gemm.shape.k,
                   .packed = static_cast<const Bf16*>(packed.weights.raw()),
                   .bias = c.optional_input<float>(2),
                   .residual = c.optional_input<float>(3),
                   .residual_row = n,
                   .c = c.output<float>(0),
                   .c_row = n},
                  c.scratch, c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kLinearPackedBf16;
constinit const KernelDef kLinearPackedBf16 = make_kernel<LinearPackedBf16>("linear_packed_bf16");

}  // namespace tern::cpu

// tern.Linear in f32: rows of X times a packed matrix, with bias, residual and activation. A weight
// that is no constant (in training) goes through the product of two run-time operands.
#include "backend/cpu/compute/gemm.h"
#include "backend/cpu/kernels/epilogue_of.h"
#include "backend/kernel.h"
#include "tern/ops/fused.h"

namespace tern::cpu {
namespace {

bool is_f32_linear(const KernelQuery& q) {
  return q.all(DType::kF32) && q.in[1].concrete() &&
         epilogue_of(q.attributes<ops::Linear>()).has_value();
}

struct LinearPackedF32 {
  using Operator = ops::Linear;
  static constexpr std::uint32_t kPackedInputs = 0b10;
  struct Packed {
    GemmPlan gemm;
    Tensor weights;
  };
  struct Plan {
    std::int64_t rows = 0;
  };

  static bool matches(const KernelQuery& q) { return is_f32_linear(q) && q.is_constant(1); }

  static Result<Packed> pack(const PackContext& c) {
    const auto& op = c.query.attributes<ops::Linear>();
    const Tensor& w = c.constant(1);
    const std::int64_t k = op.trans_b ? w.dim(1) : w.dim(0);
    const std::int64_t n = op.trans_b ? w.dim(0) : w.dim(1);
    Packed packed;
    packed.gemm = plan_gemm({.k = k, .n = n, .epilogue = *epilogue_of(op)});
    Result<Tensor> weights = Tensor::uninitialized(DType::kF32, {packed.gemm.packed_floats});
    if (!weights.ok()) return weights.status();
    packed.weights = std::move(*weights);
    pack_gemm(packed.gemm, w.data<float>(), op.trans_b ? 1 : n, op.trans_b ? k : 1,
              packed.weights.mutable_data<float>());
    return packed;
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& x = c.in[0].shape;
    plan.rows = x.elements(0, x.rank() - 1);
    const GemmPlan& gemm = c.packed_as<Packed>().gemm;
    c.scratch_bytes =
        static_cast<std::size_t>(gemm_scratch_floats(gemm, plan.rows, c.threads)) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto& packed = c.packed_as<Packed>();
    const std::int64_t n = packed.gemm.shape.n;
    run_gemm(packed.gemm,
             {.m = plan.rows,
              .a = c.input<float>(0),
              .a_row = packed.gemm.shape.k,
              .packed = packed.weights.data<float>(),
              .bias = c.optional_input<float>(2),
              .residual = c.optional_input<float>(3),
              .residual_row = n,
              .c = c.output<float>(0),
              .c_row = n},
             static_cast<float*>(c.scratch), c.pool);
  }
};

struct LinearF32 {
  using Operator = ops::Linear;
  using Plan = BatchGemmPlan;

  static bool matches(const KernelQuery& q) { return is_f32_linear(q); }

  static Status plan(const PlanContext& c, Plan& plan) {
    const auto& op = c.attributes<ops::Linear>();
    const Shape& x = c.in[0].shape;
    const Shape& w = c.in[1].shape;
    const std::int64_t k = op.trans_b ? w[1] : w[0];
    const std::int64_t n = op.trans_b ? w[0] : w[1];
    plan = plan_batch_gemm(
        {.m = x.elements(0, x.rank() - 1),
         .n = n,
         .k = k,
         .a = {.row = k, .column = 1},
         .b = op.trans_b ? Strides{.row = 1, .column = k} : Strides{.row = n, .column = 1},
         .c_row = n,
         .epilogue = *epilogue_of(op)},
        c.threads);
    c.scratch_bytes = static_cast<std::size_t>(plan.scratch_floats) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    static constexpr std::int64_t kStart[] = {0};
    run_batch_gemm(plan,
                   {.a = c.input<float>(0),
                    .b = c.input<float>(1),
                    .bias = c.optional_input<float>(2),
                    .residual = c.optional_input<float>(3),
                    .c = c.output<float>(0),
                    .a_offsets = kStart,
                    .b_offsets = kStart,
                    .c_offsets = kStart},
                   static_cast<float*>(c.scratch), c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kLinearPackedF32, kLinearF32;
constinit const KernelDef kLinearPackedF32 = make_kernel<LinearPackedF32>("linear_packed_f32");
constinit const KernelDef kLinearF32 = make_kernel<LinearF32>("linear_f32");

}  // namespace tern::cpu

// MatMul, TransposedMatMul and Gemm of two run-time operands in f32, any ranks and broadcast
// batches.
#include "backend/cpu/compute/gemm.h"
#include "backend/kernel.h"
#include "ops/broadcast.h"
#include "tern/ops/fused_grad.h"
#include "tern/ops/math.h"

namespace tern::cpu {
namespace {

struct BatchPlan {
  BatchGemmPlan gemm;
  std::vector<std::int64_t> a_offsets;
  std::vector<std::int64_t> b_offsets;
  std::vector<std::int64_t> c_offsets;
};

Shape leading(const Shape& shape) {
  return Shape(shape.dims().first(shape.size() >= 2 ? shape.size() - 2 : 0));
}

// Start of every matrix of a stack that is read for the batch shape `out`.
std::vector<std::int64_t> offsets_of(const Shape& stack, const Shape& out, std::int64_t matrix) {
  std::vector<std::int64_t> offsets;
  for_each_offset(out, broadcast_strides(stack, out),
                  [&](std::int64_t, std::int64_t at) { offsets.push_back(at * matrix); });
  return offsets;
}

void run_plan(const BatchPlan& plan, RunContext& c, const float* bias,
              const float* residual) noexcept {
  run_batch_gemm(plan.gemm,
                 {.a = c.input<float>(0),
                  .b = c.input<float>(1),
                  .bias = bias,
                  .residual = residual,
                  .c = c.output<float>(0),
                  .a_offsets = plan.a_offsets.data(),
                  .b_offsets = plan.b_offsets.data(),
                  .c_offsets = plan.c_offsets.data()},
                 static_cast<float*>(c.scratch), c.pool);
}

struct Transposition {
  bool a = false;
  bool b = false;
  float alpha = 1.0F;
};

// The product of two stacks of matrices, vectors being one row and one column.
void plan_stacks(const PlanContext& c, const Transposition& t, BatchPlan& plan) {
  const Shape& a = c.in[0].shape;
  const Shape& b = c.in[1].shape;
  const auto height = [](const Shape& s) { return s.rank() >= 2 ? s[s.rank() - 2] : 1; };
  const std::int64_t a_width = a.back();
  const std::int64_t b_width = b.rank() >= 2 ? b.back() : 1;
  const std::int64_t b_height = b.rank() >= 2 ? height(b) : b.back();
  BatchGemmShape shape{
      .m = t.a ? a_width : height(a),
      .n = t.b ? b_height : b_width,
      .k = t.a ? height(a) : a_width,
      .a = t.a ? Strides{.row = 1, .column = a_width} : Strides{.row = a_width, .column = 1},
      .b = t.b ? Strides{.row = 1, .column = b_width} : Strides{.row = b_width, .column = 1},
      .alpha = t.alpha};
  shape.c_row = shape.n;
  if (leading(b).elements() == 1 && !t.a) {
    // One matrix for all rows of A, whatever axes they are arranged in.
    shape.m *= leading(a).elements();
    plan.a_offsets = plan.b_offsets = plan.c_offsets = {0};
  } else {
    const Shape batch = broadcast_shapes(leading(a), leading(b));
    shape.batch = batch.elements();
    plan.a_offsets = offsets_of(leading(a), batch, shape.m * shape.k);
    plan.b_offsets = offsets_of(leading(b), batch, shape.k * shape.n);
    plan.c_offsets = offsets_of(batch, batch, shape.m * shape.n);
  }
  plan.gemm = plan_batch_gemm(shape, c.threads);
  c.scratch_bytes = static_cast<std::size_t>(plan.gemm.scratch_floats) * sizeof(float);
}

struct MatMulF32 {
  using Operator = ops::MatMul;
  using Plan = BatchPlan;

  static bool matches(const KernelQuery& q) { return q.all(DType::kF32); }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan_stacks(c, {}, plan);
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept { run_plan(plan, c, nullptr, nullptr); }
};

struct TransposedMatMulF32 {
  using Operator = ops::TransposedMatMul;
  using Plan = BatchPlan;

  static bool matches(const KernelQuery& q) { return q.all(DType::kF32); }
  static Status plan(const PlanContext& c, Plan& plan) {
    const auto& op = c.attributes<ops::TransposedMatMul>();
    plan_stacks(c, {.a = op.trans_a, .b = op.trans_b, .alpha = op.alpha}, plan);
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept { run_plan(plan, c, nullptr, nullptr); }
};

struct GemmF32 {
  using Operator = ops::Gemm;
  struct Plan : BatchPlan {
    bool c_is_bias = false;  // one row for all; else C has the output's shape
  };

  static bool matches(const KernelQuery& q) {
    if (!q.all(DType::kF32)) return false;
    if (!q.has(2)) return true;
    // C must be a row or a whole matrix, known from the types.
    const TypeInfo& c = q.in[2];
    const std::vector<Dim>& y = q.out[0].shape;
    if (q.attributes<ops::Gemm>().beta != 1.0f || !c.has_rank || y.size() != 2) return false;
    if (c.rank() == 1) return same(c.shape[0], y[1]);
    return c.rank() == 2 && same(c.shape[0], y[0]) && same(c.shape[1], y[1]);
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const auto& op = c.attributes<ops::Gemm>();
    const Shape& a = c.in[0].shape;
    const Shape& b = c.in[1].shape;
    const std::int64_t m = op.transA ? a[1] : a[0];
    const std::int64_t k = op.transA ? a[0] : a[1];
    const std::int64_t n = op.transB ? b[0] : b[1];
    plan.gemm = plan_batch_gemm(
        {.m = m,
         .n = n,
         .k = k,
         .a = op.transA ? Strides{.row = 1, .column = m} : Strides{.row = k, .column = 1},
         .b = op.transB ? Strides{.row = 1, .column = k} : Strides{.row = n, .column = 1},
         .c_row = n,
         .alpha = op.alpha},
        c.threads);
    plan.a_offsets = plan.b_offsets = plan.c_offsets = {0};
    plan.c_is_bias = c.has(2) && c.in[2].shape.rank() == 1;
    c.scratch_bytes = static_cast<std::size_t>(plan.gemm.scratch_floats) * sizeof(float);
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    const float* addend = c.optional_input<float>(2);
    run_plan(plan, c, plan.c_is_bias ? addend : nullptr, plan.c_is_bias ? nullptr : addend);
  }
};

}  // namespace

extern constinit const KernelDef kMatMulF32, kGemmF32, kTransposedMatMulF32;
constinit const KernelDef kMatMulF32 = make_kernel<MatMulF32>("matmul_f32");
constinit const KernelDef kGemmF32 = make_kernel<GemmF32>("gemm_f32");
constinit const KernelDef kTransposedMatMulF32 =
    make_kernel<TransposedMatMulF32>("transposed_matmul_f32");

}  // namespace tern::cpu

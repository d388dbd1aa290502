// MatMul of two run-time operands, or with a constant that no Linear took, in bf16. Every matrix of
// B is packed when it is needed.
#include <algorithm>

#include "backend/cpu/compute/bf16_gemm.h"
#include "backend/kernel.h"
#include "ops/broadcast.h"
#include "tern/ops/math.h"

namespace tern::cpu {
namespace {

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

struct MatMulBf16 {
  using Operator = ops::MatMul;
  struct Plan {
    Bf16GemmPlan gemm;
    std::int64_t m = 0;
    std::vector<std::int64_t> a_offsets;  // one for every product
    std::vector<std::int64_t> b_offsets;
    std::size_t packed_bytes = 0;  // at the start of scratch, a multiple of 64
  };

  // Rounding and packing B costs as much as the product of few rows, so both operands must be
  // matrices, and A's rows, where they are known, no few.
  static bool matches(const KernelQuery& q) {
    constexpr std::int64_t kMinRows = 16;
    if (q.precision != Precision::kBF16 || active_bf16_unit() == Bf16Unit::kNone ||
        !q.all(DType::kF32) || q.in[0].rank() < 2 || q.in[1].rank() < 2) {
      return false;
    }
    const Dim& rows = q.in[0].shape[static_cast<std::size_t>(q.in[0].rank()) - 2];
    return !rows.known() || rows.value() >= kMinRows;
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const Shape& a = c.in[0].shape;
    const Shape& b = c.in[1].shape;
    const std::int64_t k = a.back();
    const std::int64_t n = b.back();
    plan.m = a[a.rank() - 2];
    plan.gemm = plan_bf16_gemm({.k = k, .n = n, .epilogue = {}}, *bf16_kernels(active_bf16_unit()));
    if (leading(b).elements() == 1) {
      plan.m *= leading(a).elements();
      plan.a_offsets = plan.b_offsets = {0};
    } else {
      const Shape batch = broadcast_shapes(leading(a), leading(b));
      plan.a_offsets = offsets_of(leading(a), batch, plan.m * k);
      plan.b_offsets = offsets_of(leading(b), batch, k * n);
    }
    const auto packed = static_cast<std::size_t>(plan.gemm.packed_elements) * sizeof(Bf16);
    plan.packed_bytes = (packed + 63) / 64 * 64;
    c.scratch_bytes = plan.packed_bytes + bf16_gemm_scratch_bytes(plan.gemm, plan.m, c.threads);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const std::int64_t k = plan.gemm.shape.k;
    const std::int64_t n = plan.gemm.shape.n;
    auto* packed = static_cast<Bf16*>(c.scratch);
    std::int64_t packed_offset = -1;
    float* out = c.output<float>(0);
    for (std::size_t i = 0; i < plan.a_offsets.size(); ++i, out += plan.m * n) {
      if (plan.b_offsets[i] != packed_offset) {
        packed_offset = plan.b_offsets[i];
        pack_bf16_gemm(plan.gemm, c.input<float>(1) + packed_offset, n, 1, packed, c.pool);
      }
      run_bf16_gemm(plan.gemm,
                    {.m = plan.m,
                     .a = c.input<float>(0) + plan.a_offsets[i],
                     .a_row = k,
                     .packed = packed,
                     .c = out,
                     .c_row = n},
                    static_cast<std::byte*>(c.scratch) + plan.packed_bytes, c.pool);
    }
  }
};

}  // namespace

extern constinit const KernelDef kMatMulBf16;
constinit const KernelDef kMatMulBf16 = make_kernel<MatMulBf16>("matmul_bf16");

}  // namespace tern::cpu

// Between f32 and bytes: QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear with one scale,
// and tern.QAdd and tern.QMul.
#include "backend/cpu/compute/quantize.h"

#include <algorithm>

#include "backend/cpu/kernels/byte_scales.h"
#include "tern/ops/fused_quant.h"
#include "tern/ops/quant.h"

namespace tern::cpu {
namespace {

struct Count {
  std::int64_t elements = 0;
};

// The scale and zero point that stand as inputs 1 and 2 of a tensor of `dtype`.
ByteScale scale_of(const RunContext& c, std::size_t scale, std::size_t zero, DType dtype) {
  return {.scale = *c.input<float>(scale),
          .zero = single_zero(zero < c.in.size() ? c.in[zero] : nullptr),
          .is_signed = dtype == DType::kI8};
}

struct QuantizeBytes {
  using Operator = ops::QuantizeLinear;
  using Plan = Count;

  static bool matches(const KernelQuery& q) {
    const auto& op = q.attributes<ops::QuantizeLinear>();
    const bool plain =
        op.block_size == 0 && (op.precision == DType::kUndefined || op.precision == DType::kF32);
    return plain && q.in[0].dtype == DType::kF32 && q.in[1].dtype == DType::kF32 &&
           is_byte(q.out[0].dtype) && is_single(q.in[1]) && is_single_or_absent(q, 2);
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan.elements = c.in[0].shape.elements();
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_quantize(c.input<float>(0), c.output<std::uint8_t>(0), plan.elements,
                 scale_of(c, 1, 2, c.out[0]->dtype()), c.pool);
  }
};

struct DequantizeBytes {
  using Operator = ops::DequantizeLinear;
  using Plan = Count;

  static bool matches(const KernelQuery& q) {
    return q.attributes<ops::DequantizeLinear>().block_size == 0 && is_byte(q.in[0].dtype) &&
           q.in[1].dtype == DType::kF32 && q.out[0].dtype == DType::kF32 && is_single(q.in[1]) &&
           is_single_or_absent(q, 2);
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan.elements = c.in[0].shape.elements();
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_dequantize(c.input<std::uint8_t>(0), c.output<float>(0), plan.elements,
                   scale_of(c, 1, 2, c.in[0]->dtype()), c.pool);
  }
};

struct DynamicQuantizeBytes {
  using Operator = ops::DynamicQuantizeLinear;
  using Plan = Count;

  static bool matches(const KernelQuery& q) { return q.wants(0); }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan.elements = c.in[0].shape.elements();
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto* x = c.input<float>(0);
    const ByteScale scale = covering_scale(range_with_zero(x, plan.elements));
    run_quantize(x, c.output<std::uint8_t>(0), plan.elements, scale, c.pool);
    if (c.out.size() > 1 && c.out[1] != nullptr) *c.output<float>(1) = scale.scale;
    if (c.out.size() > 2 && c.out[2] != nullptr) {
      *c.output<std::uint8_t>(2) = static_cast<std::uint8_t>(scale.zero);
    }
  }
};

using RunArithmetic = void (*)(const std::uint8_t*, const std::uint8_t*, std::uint8_t*,
                               std::int64_t, const ByteArithmetic&, ThreadPool&, Isa) noexcept;

template <class Op, RunArithmetic kRun>
struct ArithmeticBytes {
  using Operator = Op;
  static constexpr std::uint32_t kInPlaceInputs = 0b1001;
  struct Plan {
    std::int64_t elements = 0;
    std::int32_t lo = 0, hi = 255;
  };

  static bool matches(const KernelQuery&) { return true; }
  static Status plan(const PlanContext& c, Plan& plan) {
    const auto& op = c.attributes<Op>();
    const std::int64_t lowest = lowest_byte(c.out[0].dtype);
    const std::int64_t highest = highest_byte(c.out[0].dtype);
    plan.elements = c.in[0].shape.elements();
    plan.lo = static_cast<std::int32_t>(std::clamp(op.lo, lowest, highest));
    plan.hi = static_cast<std::int32_t>(std::clamp<std::int64_t>(op.hi, plan.lo, highest));
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    const ByteArithmetic numbers{.a = scale_of(c, 1, 2, c.in[0]->dtype()),
                                 .b = scale_of(c, 4, 5, c.in[3]->dtype()),
                                 .y_scale = *c.input<float>(6),
                                 .y_zero = single_zero(c.in[7]),
                                 .lo = plan.lo,
                                 .hi = plan.hi};
    kRun(c.input<std::uint8_t>(0), c.input<std::uint8_t>(3), c.output<std::uint8_t>(0),
         plan.elements, numbers, c.pool, active_isa());
  }
};

}  // namespace

extern constinit const KernelDef kQuantizeBytes, kDequantizeBytes, kDynamicQuantizeBytes,
    kQAddBytes, kQMulBytes;
constinit const KernelDef kQuantizeBytes = make_kernel<QuantizeBytes>("quantize");
constinit const KernelDef kDequantizeBytes = make_kernel<DequantizeBytes>("dequantize");
constinit const KernelDef kDynamicQuantizeBytes =
    make_kernel<DynamicQuantizeBytes>("dynamic_quantize");
constinit const KernelDef kQAddBytes =
    make_kernel<ArithmeticBytes<ops::QAdd, run_byte_add>>("q_add");
constinit const KernelDef kQMulBytes =
    make_kernel<ArithmeticBytes<ops::QMul, run_byte_multiply>>("q_mul");

}  // namespace tern::cpu

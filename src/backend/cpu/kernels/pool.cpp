// Max and average pooling of channels-last images and their gradients, f32; max pooling of bytes.
#include "backend/cpu/compute/pool.h"

#include "backend/cpu/compute/byte_pool.h"
#include "backend/cpu/kernels/byte_scales.h"
#include "backend/kernel.h"
#include "ops/nn/window.h"
#include "tern/ops/fused.h"
#include "tern/ops/fused_grad.h"

namespace tern::cpu {
namespace {

// The windows over images `x` whose outputs have the shape `y`.
template <class Op>
Status plan_window(const Op& op, const Shape& x, const Shape& y, PoolShape& shape) {
  const ops::WindowSpec spec = ops::window_spec(op, op.kernel_shape);
  Result<std::vector<ops::WindowAxis>> axes = window_axes(spec, 2);
  if (!axes.ok()) return axes.status();
  for (int i = 0; i < 2; ++i) {
    Result<std::int64_t> count = window_count(spec, x[i + 1], (*axes)[static_cast<std::size_t>(i)]);
    if (!count.ok()) return count.status();
  }
  const ops::WindowAxis& h = (*axes)[0];
  const ops::WindowAxis& w = (*axes)[1];
  shape = {.batch = x[0],
           .in_h = x[1],
           .in_w = x[2],
           .channels = x[3],
           .out_h = y[1],
           .out_w = y[2],
           .kernel_h = h.kernel,
           .kernel_w = w.kernel,
           .stride_h = h.stride,
           .stride_w = w.stride,
           .dilation_h = h.dilation,
           .dilation_w = w.dilation,
           .pad_top = h.pad_begin,
           .pad_left = w.pad_begin,
           .pad_bottom = h.pad_end,
           .pad_right = w.pad_end};
  if constexpr (requires { op.count_include_pad; }) shape.count_include_pad = op.count_include_pad;
  return {};
}

template <class Op>
struct ForwardF32 {
  using Operator = Op;
  using Plan = PoolShape;
  static constexpr std::uint32_t kStridedInputs = 0b1;
  static constexpr bool kStridedOutput = true;
  static bool matches(const KernelQuery& q) { return q.all(DType::kF32) && q.in[0].rank() == 4; }
  static Status plan(const PlanContext& c, Plan& plan) {
    if (Status s = plan_window(c.attributes<Op>(), c.in[0].shape, c.out[0].shape, plan); !s.ok()) {
      return s;
    }
    plan.in_pixel = c.in[0].row;
    plan.out_pixel = c.out[0].row;
    return {};
  }
};

struct MaxPoolF32 : ForwardF32<ops::NhwcMaxPool> {
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_max_pool(plan, c.input<float>(0), c.output<float>(0), c.pool);
  }
};

struct AveragePoolF32 : ForwardF32<ops::NhwcAveragePool> {
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_average_pool(plan, c.input<float>(0), c.output<float>(0), c.pool);
  }
};

struct MaxPoolBytes {
  using Operator = ops::NhwcMaxPool;
  using Plan = PoolShape;
  static constexpr std::uint32_t kStridedInputs = 0b1;
  static constexpr bool kStridedOutput = true;
  static bool matches(const KernelQuery& q) {
    return is_byte(q.in[0].dtype) && q.in[0].rank() == 4;
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    return ForwardF32<ops::NhwcMaxPool>::plan(c, plan);
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_max_pool_bytes(plan, c.input<std::uint8_t>(0), c.output<std::uint8_t>(0),
                       c.in[0]->dtype() == DType::kI8, c.pool);
  }
};

// Inputs are dY and X.
template <class Op>
struct BackwardF32 {
  using Operator = Op;
  using Plan = PoolShape;
  static bool matches(const KernelQuery& q) {
    return q.in[0].dtype == DType::kF32 && q.in[1].rank() == 4;
  }
  static Status plan(const PlanContext& c, Plan& plan) {
    return plan_window(c.attributes<Op>(), c.in[1].shape, c.in[0].shape, plan);
  }
};

struct MaxPoolGradF32 : BackwardF32<ops::NhwcMaxPoolGrad> {
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_max_pool_backward(plan, c.input<float>(1), c.input<float>(0), c.output<float>(0), c.pool);
  }
};

struct AveragePoolGradF32 : BackwardF32<ops::NhwcAveragePoolGrad> {
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_average_pool_backward(plan, c.input<float>(0), c.output<float>(0), c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kMaxPoolF32, kMaxPoolBytes, kAveragePoolF32, kMaxPoolGradF32,
    kAveragePoolGradF32;
constinit const KernelDef kMaxPoolF32 = make_kernel<MaxPoolF32>("max_pool_f32");
constinit const KernelDef kMaxPoolBytes = make_kernel<MaxPoolBytes>("max_pool_bytes");
constinit const KernelDef kAveragePoolF32 = make_kernel<AveragePoolF32>("average_pool_f32");
constinit const KernelDef kMaxPoolGradF32 = make_kernel<MaxPoolGradF32>("max_pool_grad_f32");
constinit const KernelDef kAveragePoolGradF32 =
    make_kernel<AveragePoolGradF32>("average_pool_grad_f32");

}  // namespace tern::cpu

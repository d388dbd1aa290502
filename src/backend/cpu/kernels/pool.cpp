// Max and average pooling of channels-last images, f32.
#include "backend/cpu/compute/pool.h"

#include "backend/kernel.h"
#include "ops/nn/window.h"
#include "tern/ops/fused.h"

namespace tern::cpu {
namespace {

template <class Op>
Status plan_window(const PlanContext& c, PoolShape& shape) {
  const Op& op = c.attributes<Op>();
  const ops::WindowSpec spec{.auto_pad = op.auto_pad,
                             .kernel = op.kernel_shape,
                             .strides = op.strides,
                             .dilations = op.dilations,
                             .pads = op.pads,
                             .ceil_mode = op.ceil_mode};
  Result<std::vector<ops::WindowAxis>> axes = window_axes(spec, 2);
  if (!axes.ok()) return axes.status();
  const Shape& x = c.in[0].shape;
  for (int i = 0; i < 2; ++i) {
    Result<std::int64_t> count = window_count(spec, x[i + 1], (*axes)[static_cast<std::size_t>(i)]);
    if (!count.ok()) return count.status();
  }
  const ops::WindowAxis& h = (*axes)[0];
  const ops::WindowAxis& w = (*axes)[1];
  const Shape& y = c.out[0].shape;
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
  return {};
}

struct MaxPoolF32 {
  using Operator = ops::NhwcMaxPool;
  using Plan = PoolShape;
  static bool matches(const KernelQuery& q) { return q.all(DType::kF32) && q.in[0].rank() == 4; }
  static Status plan(const PlanContext& c, Plan& plan) {
    return plan_window<ops::NhwcMaxPool>(c, plan);
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_max_pool(plan, c.input<float>(0), c.output<float>(0), c.pool);
  }
};

struct AveragePoolF32 {
  using Operator = ops::NhwcAveragePool;
  using Plan = PoolShape;
  static bool matches(const KernelQuery& q) { return q.all(DType::kF32) && q.in[0].rank() == 4; }
  static Status plan(const PlanContext& c, Plan& plan) {
    if (Status s = plan_window<ops::NhwcAveragePool>(c, plan); !s.ok()) return s;
    plan.count_include_pad = c.attributes<ops::NhwcAveragePool>().count_include_pad;
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    run_average_pool(plan, c.input<float>(0), c.output<float>(0), c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kMaxPoolF32, kAveragePoolF32;
constinit const KernelDef kMaxPoolF32 = make_kernel<MaxPoolF32>("max_pool_f32");
constinit const KernelDef kAveragePoolF32 = make_kernel<AveragePoolF32>("average_pool_f32");

}  // namespace tern::cpu

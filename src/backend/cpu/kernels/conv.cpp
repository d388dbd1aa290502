// Convolution of channels-last images in f32 with weights packed for the algorithm that suits the
// layer. A weight that is no constant (in training) is packed at every run.
#include "backend/cpu/compute/conv.h"

#include "backend/cpu/kernels/conv_shape.h"
#include "backend/cpu/kernels/epilogue_of.h"
#include "backend/kernel.h"
#include "tern/ops/fused.h"

namespace tern::cpu {
namespace {

struct ConvF32 {
  using Operator = ops::NhwcConv;
  static constexpr std::uint32_t kPackedInputs = 0b10;
  static constexpr std::uint32_t kStridedInputs = 0b1001;
  static constexpr bool kStridedOutput = true;
  struct Packed {
    std::optional<ConvAlgorithm> algorithm;  // not set: every binding chooses
    Tensor weights;                          // undefined: packed at every run
  };
  struct Plan {
    ConvPlan conv;
    std::int64_t packing_floats = 0;  // at the end of scratch, when packed at every run
  };

  static bool matches(const KernelQuery& q) {
    return q.all(DType::kF32) && q.in[0].rank() == 4 && q.in[1].concrete() &&
           epilogue_of(q.attributes<ops::NhwcConv>()).has_value();
  }

  static Result<Packed> pack(const PackContext& c) {
    if (!c.query.is_constant(1)) return Packed();
    const auto& op = c.query.attributes<ops::NhwcConv>();
    const Shape w = c.query.in[1].concrete_shape();
    Result<ConvShape> shape = conv_shape_of(op, assumed_image(c.query.in[0], op, w), w);
    if (!shape.ok()) return shape.status();
    shape->epilogue = *epilogue_of(op);
    const ConvPlan plan = plan_conv(*shape, c.pool.size());
    Packed packed{.algorithm = plan.algorithm, .weights = {}};
    Result<Tensor> weights = Tensor::uninitialized(DType::kF32, {plan.packed_floats});
    if (!weights.ok()) return weights.status();
    packed.weights = std::move(*weights);
    pack_conv(plan, c.constant(1).data<float>(), packed.weights.mutable_data<float>(), c.pool);
    return packed;
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const auto& packed = c.packed_as<Packed>();
    const auto& op = c.attributes<ops::NhwcConv>();
    Result<ConvShape> shape = conv_shape_of(op, c.in[0].shape, c.in[1].shape);
    if (!shape.ok()) return shape.status();
    shape->epilogue = *epilogue_of(op);
    shape->in_pixel = c.in[0].row;
    shape->out_pixel = c.out[0].row;
    if (c.has(3)) shape->residual_pixel = c.in[3].row;
    plan.conv = plan_conv(*shape, c.threads, active_isa(), packed.algorithm);
    if (!packed.weights.defined()) plan.packing_floats = plan.conv.packed_floats;
    const std::int64_t aligned = (plan.conv.scratch_floats + 15) / 16 * 16;
    plan.conv.scratch_floats = aligned;
    c.scratch_bytes = static_cast<std::size_t>(aligned + plan.packing_floats) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    auto* scratch = static_cast<float*>(c.scratch);
    const auto& packed = c.packed_as<Packed>();
    const float* weights = nullptr;
    if (packed.weights.defined()) {
      weights = packed.weights.data<float>();
    } else {
      float* packing = scratch + plan.conv.scratch_floats;
      pack_conv(plan.conv, c.input<float>(1), packing, c.pool);
      weights = packing;
    }
    run_conv(plan.conv,
             {.x = c.input<float>(0),
              .packed = weights,
              .bias = c.optional_input<float>(2),
              .residual = c.optional_input<float>(3),
              .y = c.output<float>(0)},
             scratch, c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kConvF32;
constinit const KernelDef kConvF32 = make_kernel<ConvF32>("conv_f32");

}  // namespace tern::cpu

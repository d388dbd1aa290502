// Convolution of channels-last images with a constant weight in bf16, where that is faster than the
// algorithm of f32.
#include <algorithm>

#include "backend/cpu/compute/bf16_conv.h"
#include "backend/cpu/kernels/conv_shape.h"
#include "backend/cpu/kernels/epilogue_of.h"
#include "backend/kernel.h"
#include "base/errors.h"
#include "tern/ops/fused.h"

namespace tern::cpu {
namespace {

// AMX multiplies an order of magnitude faster than f32. AVX512_BF16 gains a factor of two: less
// than Winograd's saving of multiplications in f32, but where there are few tiles the weights of
// that, eight times as large, cost what it saves.
bool favours_bf16(const ConvShape& shape, Bf16Unit unit) {
  constexpr std::int64_t kFewTiles = 16;
  const std::int64_t tiles = shape.batch * ((shape.out_h + 3) / 4) * ((shape.out_w + 3) / 4);
  return unit == Bf16Unit::kTiles || tiles <= kFewTiles ||
         choose_conv_algorithm(shape, active_isa()) != ConvAlgorithm::kWinograd;
}

struct ConvBf16 {
  using Operator = ops::NhwcConv;
  static constexpr std::uint32_t kPackedInputs = 0b10;
  static constexpr std::uint32_t kStridedInputs = 0b1001;
  static constexpr bool kStridedOutput = true;
  struct Packed {
    Tensor weights;
    std::size_t bytes() const { return weights.bytes(); }
  };
  using Plan = Bf16ConvPlan;

  static bool matches(const KernelQuery& q) {
    const Bf16Unit unit = active_bf16_unit();
    if (q.precision != Precision::kBF16 || unit == Bf16Unit::kNone || !q.all(DType::kF32) ||
        q.in[0].rank() != 4 || !q.in[1].concrete() || !q.is_constant(1)) {
      return false;
    }
    const auto& op = q.attributes<ops::NhwcConv>();
    if (!epilogue_of(op).has_value()) return false;
    const Shape w = q.in[1].concrete_shape();
    const Result<ConvShape> shape = conv_shape_of(op, assumed_image(q.in[0], op, w), w);
    return shape.ok() && bf16_conv_supports(*shape) && favours_bf16(*shape, unit);
  }

  static Result<Packed> pack(const PackContext& c) {
    const auto& op = c.query.attributes<ops::NhwcConv>();
    const Shape w = c.query.in[1].concrete_shape();
    TERN_ASSIGN_OR_RETURN(const ConvShape shape,
                          conv_shape_of(op, assumed_image(c.query.in[0], op, w), w));
    const Bf16ConvPlan plan =
        plan_bf16_conv(shape, c.pool.size(), *bf16_kernels(active_bf16_unit()));
    Packed packed;
    TERN_ASSIGN_OR_RETURN(packed.weights,
                          Tensor::uninitialized(DType::kBF16, {plan.gemm.packed_elements}));
    pack_bf16_conv(plan, c.constant(1).data<float>(),
                   static_cast<Bf16*>(packed.weights.mutable_raw()), c.pool);
    return packed;
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const auto& op = c.attributes<ops::NhwcConv>();
    TERN_ASSIGN_OR_RETURN(ConvShape shape, conv_shape_of(op, c.in[0].shape, c.in[1].shape));
    constexpr double kMaxElements = 0x1p44;  // more than any machine holds, far from an overflow
    const double padded =
        static_cast<double>(bf16_conv_padded_width(shape)) *
        static_cast<double>(c.in[0].shape.elements() / std::max<std::int64_t>(1, shape.in_w));
    if (padded > kMaxElements) {
      return resource_exhausted("pads make an image of {} with rows of {} pixels",
                                c.in[0].shape.to_string(), bf16_conv_padded_width(shape));
    }
    shape.epilogue = *epilogue_of(op);
    shape.in_pixel = c.in[0].row;
    shape.out_pixel = c.out[0].row;
    if (c.has(3)) shape.residual_pixel = c.in[3].row;
    plan = plan_bf16_conv(shape, c.threads, *bf16_kernels(active_bf16_unit()));
    c.scratch_bytes = plan.scratch_bytes;
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto& packed = c.packed_as<Packed>();
    run_bf16_conv(plan,
                  {.x = c.input<float>(0),
                   .packed = static_cast<const Bf16*>(packed.weights.raw()),
                   .bias = c.optional_input<float>(2),
                   .residual = c.optional_input<float>(3),
                   .y = c.output<float>(0)},
                  c.scratch, c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kConvBf16;
constinit const KernelDef kConvBf16 = make_kernel<ConvBf16>("conv_bf16");

}  // namespace tern::cpu

// tern.NhwcQLinearConv and tern.NhwcConvInteger: convolutions of channels-last images of bytes with
// constant filters.
#include <algorithm>

#include "backend/cpu/compute/int8_conv.h"
#include "backend/cpu/kernels/byte_scales.h"
#include "backend/cpu/kernels/conv_shape.h"
#include "tern/ops/fused_quant.h"

namespace tern::cpu {
namespace {

enum Port : std::size_t { kX, kXScale, kXZero, kW, kWScale, kWZero, kYScale, kYZero, kBias };

// The reference sums in more than 32 bits: bias and products together must not need them.
bool sums_fit(const KernelQuery& q) {
  const Tensor& w = *q.constants[kW];
  const std::int64_t depth = w.shape().elements(1, w.rank());
  if (depth > kMaxInt8Depth) return false;
  if (!q.has(kBias)) return true;
  if (!q.is_constant(kBias)) return false;
  const auto bias = q.constants[kBias]->span<std::int32_t>();
  constexpr std::int64_t kMostProduct = 255 * 255;
  const std::int64_t room = 0x7fffffff - depth * kMostProduct;
  return std::ranges::all_of(bias, [room](std::int32_t b) { return b >= -room && b <= room; });
}

struct PackedFilter {
  Int8ConvWeights weights;
  Tensor filter;       // u8
  Tensor column_sums;  // i32
  Tensor bias;         // i32, undefined where there is none
  Shape filter_shape;
};

// `zero` may be null.
Result<PackedFilter> pack_filter(const Tensor& w, const Tensor* zero, std::int64_t groups,
                                 ThreadPool& pool) {
  const std::vector<std::int32_t> zeros = zeros_of(zero, w.dim(0));
  const Int8Filter filter{.w = static_cast<const std::uint8_t*>(w.raw()),
                          .is_signed = w.dtype() == DType::kI8,
                          .zeros = zeros.empty() ? nullptr : zeros.data()};
  ConvShape shape;
  shape.groups = groups;
  shape.in_c = w.dim(1) * groups;
  shape.out_c = w.dim(0);
  shape.kernel_h = w.dim(2);
  shape.kernel_w = w.dim(3);
  PackedFilter packed;
  packed.weights = plan_int8_filter(shape, filter);
  packed.filter_shape = w.shape();
  Result<Tensor> bytes = Tensor::uninitialized(DType::kU8, {packed.weights.packed_bytes});
  if (!bytes.ok()) return bytes.status();
  Result<Tensor> sums = Tensor::uninitialized(DType::kI32, {packed.weights.all_columns()});
  if (!sums.ok()) return sums.status();
  packed.filter = std::move(*bytes);
  packed.column_sums = std::move(*sums);
  pack_int8_filter(packed.weights, filter, static_cast<std::byte*>(packed.filter.mutable_raw()),
                   packed.column_sums.mutable_data<std::int32_t>(), pool);
  return packed;
}

// The shape with its pixel strides.
template <class Op>
Result<ConvShape> byte_conv_shape(const PlanContext& c, const PackedFilter& packed) {
  Result<ConvShape> shape = conv_shape_of(c.attributes<Op>(), c.in[kX].shape, packed.filter_shape);
  if (!shape.ok()) return shape;
  shape->in_pixel = c.in[kX].row != 0 ? c.in[kX].row : shape->in_c;
  shape->out_pixel = c.out[0].row != 0 ? c.out[0].row : shape->out_c;
  return shape;
}

// Bytes of one number of 32 bits per column, whole cache lines.
std::int64_t column_bytes(const Int8ConvWeights& w) { return (w.all_columns() * 4 + 63) / 64 * 64; }

struct ConvIntegerBytes {
  using Operator = ops::NhwcConvInteger;
  enum Input : std::size_t { kFilter = 1, kImageZero = 2, kFilterZero = 3 };
  static constexpr std::uint32_t kPackedInputs = 1u << kFilter | 1u << kFilterZero;
  static constexpr std::uint32_t kStridedInputs = 1u << kX;
  static constexpr bool kStridedOutput = true;
  using Packed = PackedFilter;
  struct Plan {
    ConvShape shape;
  };

  static bool matches(const KernelQuery& q) {
    if (!q.in[kX].has_rank || q.in[kX].rank() != 4 || !q.is_constant(kFilter)) return false;
    const Tensor& w = *q.constants[kFilter];
    return is_single_or_absent(q, kImageZero) &&
           (!q.has(kFilterZero) || q.is_constant(kFilterZero)) &&
           w.shape().elements(1, w.rank()) <= kMaxInt8Depth;
  }

  static Result<Packed> pack(const PackContext& c) {
    return pack_filter(c.constant(kFilter),
                       c.query.has(kFilterZero) ? &c.constant(kFilterZero) : nullptr,
                       c.query.attributes<ops::NhwcConvInteger>().group, c.pool);
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const auto& packed = c.packed_as<Packed>();
    Result<ConvShape> shape = byte_conv_shape<ops::NhwcConvInteger>(c, packed);
    if (!shape.ok()) return shape.status();
    plan.shape = *shape;
    c.scratch_bytes =
        static_cast<std::size_t>(column_bytes(packed.weights) +
                                 int8_conv_scratch_bytes(packed.weights, plan.shape, c.threads));
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto& packed = c.packed_as<Packed>();
    auto* scratch = static_cast<std::byte*>(c.scratch);
    auto* start = reinterpret_cast<std::int32_t*>(scratch);
    const bool x_signed = c.in[kX]->dtype() == DType::kI8;
    const std::int32_t x_zero = single_zero(kImageZero < c.in.size() ? c.in[kImageZero] : nullptr);
    start_int8_conv(packed.weights, packed.column_sums.data<std::int32_t>(), x_zero, x_signed,
                    nullptr, start);
    run_int8_conv(packed.weights, plan.shape,
                  {.x = c.input<std::uint8_t>(kX),
                   .x_signed = x_signed,
                   .x_zero = x_zero,
                   .packed = static_cast<const std::byte*>(packed.filter.raw()),
                   .finish = {.output = SumOutput::kI32, .start = start},
                   .y = c.out[0]->mutable_raw()},
                  scratch + column_bytes(packed.weights), c.pool);
  }
};

struct QLinearConvBytes {
  using Operator = ops::NhwcQLinearConv;
  static constexpr std::uint32_t kPackedInputs = 1u << kW | 1u << kWZero | 1u << kBias;
  static constexpr std::uint32_t kStridedInputs = 1u << kX;
  static constexpr bool kStridedOutput = true;
  using Packed = PackedFilter;
  struct Plan {
    ConvShape shape;
    std::int64_t factors = 0;  // parts of scratch; the sums' starts stand first
    std::int64_t rest = 0;
    std::int32_t lo = 0, hi = 255;
  };

  static bool matches(const KernelQuery& q) {
    if (!q.in[kX].has_rank || q.in[kX].rank() != 4 || !q.is_constant(kW)) return false;
    return q.is_constant(kWZero) && is_single(q.in[kXScale]) && is_single(q.in[kXZero]) &&
           is_single(q.in[kYScale]) && is_single(q.in[kYZero]) && sums_fit(q);
  }

  static Result<Packed> pack(const PackContext& c) {
    Result<Packed> packed = pack_filter(c.constant(kW), &c.constant(kWZero),
                                        c.query.attributes<ops::NhwcQLinearConv>().group, c.pool);
    if (packed.ok() && c.query.has(kBias)) packed->bias = c.constant(kBias);
    return packed;
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const auto& packed = c.packed_as<Packed>();
    const Int8ConvWeights& w = packed.weights;
    const auto& op = c.attributes<ops::NhwcQLinearConv>();
    Result<ConvShape> shape = byte_conv_shape<ops::NhwcQLinearConv>(c, packed);
    if (!shape.ok()) return shape.status();
    plan.shape = *shape;
    const std::int64_t lowest = lowest_byte(c.out[0].dtype);
    const std::int64_t highest = highest_byte(c.out[0].dtype);
    plan.lo = static_cast<std::int32_t>(std::clamp(op.lo, lowest, highest));
    plan.hi = static_cast<std::int32_t>(std::clamp<std::int64_t>(op.hi, plan.lo, highest));
    plan.factors = column_bytes(w);
    plan.rest = 2 * plan.factors;
    c.scratch_bytes =
        static_cast<std::size_t>(plan.rest + int8_conv_scratch_bytes(w, plan.shape, c.threads));
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto& packed = c.packed_as<Packed>();
    const Int8ConvWeights& w = packed.weights;
    auto* scratch = static_cast<std::byte*>(c.scratch);
    auto* start = reinterpret_cast<std::int32_t*>(scratch);
    auto* factor = reinterpret_cast<float*>(scratch + plan.factors);
    const bool x_signed = c.in[kX]->dtype() == DType::kI8;
    const std::int32_t x_zero = single_zero(c.in[kXZero]);
    start_int8_conv(w, packed.column_sums.data<std::int32_t>(), x_zero, x_signed,
                    packed.bias.defined() ? packed.bias.data<std::int32_t>() : nullptr, start);
    const float x_scale = *c.input<float>(kXScale);
    const float y_scale = *c.input<float>(kYScale);
    const auto w_scales = c.in[kWScale]->span<float>();
    std::fill_n(factor, w.all_columns(), 0.0F);
    for (std::int64_t m = 0; m < plan.shape.out_c; ++m) {
      const float w_scale = w_scales[w_scales.size() == 1 ? 0 : static_cast<std::size_t>(m)];
      factor[column_of(w, m)] = finite_factor(x_scale * w_scale / y_scale);
    }
    run_int8_conv(w, plan.shape,
                  {.x = c.input<std::uint8_t>(kX),
                   .x_signed = x_signed,
                   .x_zero = x_zero,
                   .packed = static_cast<const std::byte*>(packed.filter.raw()),
                   .finish = {.output = SumOutput::kByte,
                              .start = start,
                              .factor = factor,
                              .zero = single_zero(c.in[kYZero]),
                              .lo = plan.lo,
                              .hi = plan.hi},
                   .y = c.out[0]->mutable_raw()},
                  scratch + plan.rest, c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kQLinearConvBytes, kConvIntegerBytes;
constinit const KernelDef kConvIntegerBytes = make_kernel<ConvIntegerBytes>("conv_integer");
constinit const KernelDef kQLinearConvBytes = make_kernel<QLinearConvBytes>("qlinear_conv");

}  // namespace tern::cpu

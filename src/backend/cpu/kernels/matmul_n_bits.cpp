// MatMulNBits in f32 with constant weights, which stay in their few bits.
#include <cstring>

#include "backend/cpu/compute/n_bit.h"
#include "backend/kernel.h"
#include "base/errors.h"
#include "ops/microsoft/n_bit_weights.h"
#include "ops/reference.h"

namespace tern::cpu {
namespace {

using ops::kNBitA, ops::kNBitB, ops::kNBitBias, ops::kNBitGroups, ops::kNBitScales, ops::kNBitZeros;

/// True when g_idx says no more than that every block has its own entries, in order.
bool is_in_order(const Tensor& groups, std::int64_t block_size) {
  const auto entries = groups.span<std::int32_t>();
  for (std::size_t k = 0; k < entries.size(); ++k) {
    if (entries[k] != static_cast<std::int64_t>(k) / block_size) return false;
  }
  return true;
}

struct MatMulNBitsF32 {
  using Operator = ops::MatMulNBits;
  static constexpr std::uint32_t kPackedInputs = 0b11110;
  struct Packed {
    NBitWeights weights;
    Tensor numbers, scales, offsets;  // what the weights point to
  };
  using Plan = NBitPlan;

  static bool matches(const KernelQuery& q) {
    if (q.in[kNBitA].dtype != DType::kF32 || !q.is_constant(kNBitB) ||
        !q.is_constant(kNBitScales)) {
      return false;
    }
    if (q.has(kNBitZeros) && !q.is_constant(kNBitZeros)) return false;
    if (!q.has(kNBitGroups)) return true;
    return q.is_constant(kNBitGroups) &&
           is_in_order(*q.constants[kNBitGroups], q.attributes<ops::MatMulNBits>().block_size);
  }

  static Result<Packed> pack(const PackContext& c) {
    Result<ops::NBitLayout> layout = ops::NBitLayout::of(c.query.attributes<ops::MatMulNBits>());
    if (!layout.ok()) return layout.status();
    const ops::NBitLayout& w = *layout;
    Packed packed;
    Result<Tensor> numbers = Tensor::uninitialized(DType::kU8, {w.n * w.column_bytes()});
    if (!numbers.ok()) return numbers.status();
    std::memcpy(numbers->mutable_raw(), c.constant(kNBitB).raw(), numbers->bytes());
    Result<Tensor> scales = Tensor::uninitialized(DType::kF32, {w.n * w.blocks});
    if (!scales.ok()) return scales.status();
    std::memcpy(scales->mutable_raw(), c.constant(kNBitScales).raw(), scales->bytes());
    packed.numbers = std::move(*numbers);
    packed.scales = std::move(*scales);
    packed.weights = {.k = w.k,
                      .n = w.n,
                      .bits = static_cast<int>(w.bits),
                      .block_size = w.block_size,
                      .blocks = w.blocks,
                      .numbers = packed.numbers.data<std::uint8_t>(),
                      .scales = packed.scales.data<float>(),
                      .zero = static_cast<float>(w.default_zero())};
    if (c.query.has(kNBitZeros)) {
      Result<Tensor> offsets = offsets_of(w, c.constant(kNBitZeros), packed.weights.scales);
      if (!offsets.ok()) return offsets.status();
      packed.offsets = std::move(*offsets);
      packed.weights.offsets = packed.offsets.data<float>();
    }
    return packed;
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const NBitWeights& weights = c.packed_as<Packed>().weights;
    plan = plan_n_bit(weights, c.in[kNBitA].shape.elements() / weights.k, c.threads);
    c.scratch_bytes = static_cast<std::size_t>(plan.scratch_floats) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    run_n_bit(plan, c.packed_as<Packed>().weights,
              {.a = c.input<float>(kNBitA),
               .bias = c.optional_input<float>(kNBitBias),
               .c = c.output<float>(0)},
              static_cast<float*>(c.scratch), c.pool);
  }

 private:
  /// zero point * scale of every block.
  static Result<Tensor> offsets_of(const ops::NBitLayout& w, const Tensor& zeros,
                                   const float* scales) {
    TERN_ASSIGN_OR_RETURN(Tensor offsets, Tensor::uninitialized(DType::kF32, {w.n * w.blocks}));
    float* const out = offsets.mutable_data<float>();
    for (std::int64_t n = 0; n < w.n; ++n) {
      for (std::int64_t b = 0; b < w.blocks; ++b) {
        const std::int64_t at = n * w.blocks + b;
        const double zero =
            zeros.dtype() == DType::kU8
                ? static_cast<double>(w.number(zeros.data<std::uint8_t>() + n * w.zero_bytes, b))
                : FloatReader(zeros)[at];
        out[at] = static_cast<float>(zero) * scales[at];
      }
    }
    return offsets;
  }
};

}  // namespace

extern constinit const KernelDef kMatMulNBitsF32;
constinit const KernelDef kMatMulNBitsF32 = make_kernel<MatMulNBitsF32>("matmul_n_bits_f32");

}  // namespace tern::cpu

// Attention and FlexAttention in f32, without the scores as an output.
#include "backend/cpu/compute/attention.h"

#include <cmath>
#include <cstring>

#include "backend/kernel.h"
#include "ops/broadcast.h"
#include "ops/nn/attention.h"
#include "tern/ops/transformer.h"

namespace tern::cpu {
namespace {

ops::Attention plain(const ops::Attention& op) { return op; }
ops::Attention plain(const ops::FlexAttention& op) { return {.scale = op.scale}; }

/// Strides of [N, heads, length, size], or of [N, length, heads * size] when packed.
HeadStrides strides_of(bool packed, std::int64_t heads, std::int64_t length, std::int64_t size) {
  return packed ? HeadStrides{.batch = length * heads * size, .head = size, .row = heads * size}
                : HeadStrides{.batch = heads * length * size, .head = length * size, .row = size};
}

/// Where K (or V) and the keys in front of it become one tensor [N, heads, total, size].
struct Joined {
  std::size_t now = 0;  // inputs
  std::size_t past = 0;
  std::size_t output = 0;  // present_key or present_value
  std::int64_t heads = 0;  // of all batches
  std::int64_t heads_per_batch = 0;
  std::int64_t past_length = 0;
  std::int64_t length = 0;
  std::int64_t size = 0;
  HeadStrides from;
  std::int64_t scratch_offset = 0;  // used when there are past keys and the output is not wanted

  std::int64_t total() const { return past_length + length; }

  void copy(const float* current, const float* before, float* to, ThreadPool& pool) const {
    const auto bytes = static_cast<std::size_t>(size) * sizeof(float);
    pool.parallel_for(heads, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t h = begin; h < end; ++h) {
        float* row = to + h * total() * size;
        if (past_length > 0) {
          std::memcpy(row, before + h * past_length * size,
                      static_cast<std::size_t>(past_length) * bytes);
        }
        row += past_length * size;
        const float* source =
            current + h / heads_per_batch * from.batch + h % heads_per_batch * from.head;
        for (std::int64_t j = 0; j < length; ++j, row += size) {
          std::memcpy(row, source + j * from.row, bytes);
        }
      }
    });
  }
};

struct AttentionBinding {
  AttentionPlan attention;
  Joined keys, values;
  AttentionMask mask;  // strides only
  bool has_past = false;
  std::int64_t attention_floats = 0;  // of the scratch
};

template <class Op>
struct AttentionF32 {
  using Operator = Op;
  using Plan = AttentionBinding;

  static bool matches(const KernelQuery& q) {
    for (const std::size_t i : {ops::kQ, ops::kK, ops::kV, ops::kPastKey, ops::kPastValue}) {
      if (q.has(i) && q.in[i].dtype != DType::kF32) return false;
    }
    const bool mask_fits = !q.has(ops::kAttnMask) || q.in[ops::kAttnMask].dtype == DType::kF32 ||
                           q.in[ops::kAttnMask].dtype == DType::kBool;
    return mask_fits && !q.wants(3);
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const ops::Attention op = plain(c.attributes<Op>());
    InferContext types;
    for (const TensorDesc& in : c.in) {
      types.in.push_back(in.present() ? TypeInfo(in.dtype, in.shape) : TypeInfo());
    }
    Result<ops::AttentionDims> dims = ops::AttentionDims::of(op, types);
    if (!dims.ok()) return dims.status();
    const ops::AttentionSizes s(*dims);
    plan.has_past = c.has(ops::kPastKey);
    plan.keys = joined(s, s.size, ops::kK, ops::kPastKey, 1);
    plan.values = joined(s, s.v_size, ops::kV, ops::kPastValue, 2);
    const bool packed_kv = s.packed && !plan.has_past;
    const auto kv_strides = [&](std::int64_t size) {
      return strides_of(packed_kv, s.kv_heads, s.total(), size);
    };
    plan.attention = plan_attention(
        {.batch = s.batch,
         .q_heads = s.q_heads,
         .kv_heads = s.kv_heads,
         .q_length = s.q_length,
         .keys = s.total(),
         .size = s.size,
         .v_size = s.v_size,
         .q = strides_of(s.packed, s.q_heads, s.q_length, s.size),
         .k = kv_strides(s.size),
         .v = kv_strides(s.v_size),
         .y = strides_of(s.packed, s.q_heads, s.q_length, s.v_size),
         .scale = op.scale ? *op.scale : 1.0F / std::sqrt(static_cast<float>(s.size)),
         .softcap = op.softcap,
         .causal = op.is_causal,
         .before = s.past},
        c.threads);
    if (c.has(ops::kAttnMask)) {
      const Shape& mask = c.in[ops::kAttnMask].shape;
      const Shape strides =
          broadcast_strides(mask, Shape{s.batch, s.q_heads, s.q_length, mask.back()});
      plan.mask = {.strides = {strides[0], strides[1], strides[2]}, .keys = mask.back()};
    }
    std::int64_t floats = plan.attention.scratch_floats;
    for (Joined* part : {&plan.keys, &plan.values}) {
      part->scratch_offset = floats;
      if (plan.has_past && !c.wants(part->output)) {
        floats += part->heads * part->total() * part->size;
      }
    }
    c.scratch_bytes = static_cast<std::size_t>(floats) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    AttentionCall call{.q = c.input<float>(ops::kQ),
                       .k = all_of(plan.keys, plan.has_past, c),
                       .v = all_of(plan.values, plan.has_past, c),
                       .mask = plan.mask,
                       .key_counts = c.optional_input<std::int64_t>(ops::kNonpadKvSeqlen),
                       .counts_from_end = !plan.has_past,
                       .y = c.output<float>(0)};
    if (ops::kAttnMask < c.in.size() && c.in[ops::kAttnMask] != nullptr) {
      const Tensor& mask = *c.in[ops::kAttnMask];
      if (mask.dtype() == DType::kBool) {
        call.mask.allowed = static_cast<const bool*>(mask.raw());
      } else {
        call.mask.added = static_cast<const float*>(mask.raw());
      }
    }
    run_attention(plan.attention, call, static_cast<float*>(c.scratch), c.pool);
  }

 private:
  static Joined joined(const ops::AttentionSizes& s, std::int64_t size, std::size_t now,
                       std::size_t past, std::size_t output) {
    return {.now = now,
            .past = past,
            .output = output,
            .heads = s.batch * s.kv_heads,
            .heads_per_batch = s.kv_heads,
            .past_length = s.past,
            .length = s.kv_length,
            .size = size,
            .from = strides_of(s.packed, s.kv_heads, s.kv_length, size)};
  }

  // K or V with what is in front of it; the output, when it is wanted, is filled.
  static const float* all_of(const Joined& part, bool has_past, RunContext& c) noexcept {
    const bool wanted = part.output < c.out.size() && c.out[part.output] != nullptr;
    const auto* now = c.input<float>(part.now);
    if (!wanted && !has_past) return now;
    float* to = wanted ? c.output<float>(part.output)
                       : static_cast<float*>(c.scratch) + part.scratch_offset;
    part.copy(now, has_past ? c.input<float>(part.past) : nullptr, to, c.pool);
    return has_past ? to : now;
  }
};

}  // namespace

extern constinit const KernelDef kAttentionF32, kFlexAttentionF32;
constinit const KernelDef kAttentionF32 =
    make_kernel<AttentionF32<ops::Attention>>("attention_f32");
constinit const KernelDef kFlexAttentionF32 =
    make_kernel<AttentionF32<ops::FlexAttention>>("flex_attention_f32");

}  // namespace tern::cpu

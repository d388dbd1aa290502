// RotaryEmbedding in f32.
#include "backend/cpu/compute/attention.h"
#include "backend/kernel.h"
#include "base/errors.h"
#include "ops/nn/rotary.h"
#include "tern/ops/nn.h"

namespace tern::cpu {
namespace {

struct RotaryEmbeddingF32 {
  using Operator = ops::RotaryEmbedding;
  struct Plan {
    ops::RotarySizes sizes;
    std::int64_t positions = 0;  // rows of the caches
  };

  static bool matches(const KernelQuery& q) {
    return q.in[0].dtype == DType::kF32 && q.in[1].dtype == DType::kF32;
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    plan = {.sizes = ops::RotarySizes::of(
                ops::RotaryAttributes::of(c.attributes<ops::RotaryEmbedding>()), c.in[0].shape),
            .positions = c.in[1].shape[0]};
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const ops::RotarySizes& s = plan.sizes;
    const auto* positions = c.optional_input<std::int64_t>(3);
    for (std::int64_t i = 0; positions != nullptr && i < s.batch * s.length; ++i) {
      if (positions[i] < 0 || positions[i] >= plan.positions) {
        c.status = out_of_range("position {} is outside the {} of the caches", positions[i],
                                plan.positions);
        return;
      }
    }
    const AttentionKernels& kernels = attention_kernels(active_isa());
    const auto *x = c.input<float>(0), *cosines = c.input<float>(1), *sines = c.input<float>(2);
    auto* y = c.output<float>(0);
    constexpr std::int64_t kGrain = 4096;  // entries that are worth a thread
    const std::int64_t grain = kGrain / (s.heads * s.size + 1) + 1;
    c.pool.parallel_for(s.batch * s.length, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t row = (positions != nullptr ? positions[i] : i) * s.pairs;
        for (std::int64_t h = 0; h < s.heads; ++h) {
          const std::int64_t head = s.head(i / s.length, h, i % s.length);
          kernels.rotate_row({.x = x + head,
                              .y = y + head,
                              .cosines = cosines + row,
                              .sines = sines + row,
                              .pairs = s.pairs,
                              .size = s.size,
                              .interleaved = s.interleaved});
        }
      }
    });
  }
};

}  // namespace

extern constinit const KernelDef kRotaryEmbeddingF32;
constinit const KernelDef kRotaryEmbeddingF32 =
    make_kernel<RotaryEmbeddingF32>("rotary_embedding_f32");

}  // namespace tern::cpu

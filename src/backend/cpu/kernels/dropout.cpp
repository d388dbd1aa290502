// Dropout and its gradient in f32.
#include "backend/cpu/compute/dropout.h"

#include <cstring>

#include "backend/kernel.h"
#include "base/errors.h"
#include "ops/draw.h"
#include "tern/ops/nn.h"
#include "tern/ops/nn_grad.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

// Ratio and training_mode are inputs `i` and `i + 1`.
struct Mode {
  bool training = false;
  float ratio = 0.5F;

  Mode(const RunContext& c, std::size_t i) {
    if (const float* given = c.optional_input<float>(i)) ratio = *given;
    if (const bool* given = c.optional_input<bool>(i + 1)) training = *given;
  }
  float scale() const { return training ? static_cast<float>(1 / (1 - double{ratio})) : 1.0F; }
};

// The elements themselves are f32; the ratio may be left out.
bool is_f32(const KernelQuery& q, std::size_t ratio) {
  return q.in[0].dtype == DType::kF32 && (!q.has(ratio) || q.in[ratio].dtype == DType::kF32);
}

struct DropoutF32 {
  using Operator = ops::Dropout;
  static constexpr std::uint32_t kInPlaceInputs = 0b1;
  struct Plan {
    std::optional<std::int64_t> seed;
    std::int64_t count = 0;
  };

  static bool matches(const KernelQuery& q) { return is_f32(q, 1); }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan = {.seed = c.attributes<ops::Dropout>().seed, .count = c.in[0].shape.elements()};
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const Mode mode(c, 1);
    const auto* x = c.input<float>(0);
    float* y = c.out[0] != nullptr ? c.output<float>(0) : nullptr;
    bool* mask = c.out.size() > 1 && c.out[1] != nullptr ? c.output<bool>(1) : nullptr;
    if (!mode.training) {
      const auto count = static_cast<std::size_t>(plan.count);
      if (y != nullptr && y != x) std::memcpy(y, x, count * sizeof(float));
      if (mask != nullptr) std::memset(mask, 1, count);
      return;
    }
    if (!(mode.ratio >= 0 && mode.ratio < 1)) {
      c.status = invalid_argument("ratio {} is not in [0, 1)", mode.ratio);
      return;
    }
    const ElementDraw draw(c.random, plan.seed);
    run_dropout({.seed = draw.seed(),
                 .stream = draw.stream(),
                 .ratio = mode.ratio,
                 .scale = mode.scale(),
                 .count = plan.count,
                 .x = x,
                 .y = y,
                 .mask = mask},
                c.pool);
  }
};

struct DropoutGradF32 {
  using Operator = ops::DropoutGrad;
  static constexpr std::uint32_t kInPlaceInputs = 0b1;
  struct Plan {
    std::int64_t count = 0;
  };

  static bool matches(const KernelQuery& q) { return is_f32(q, 2); }
  static Status plan(const PlanContext& c, Plan& plan) {
    plan.count = c.in[0].shape.elements();
    return {};
  }
  static void run(const Plan& plan, RunContext& c) noexcept {
    const Mode mode(c, 2);
    run_dropout_backward(c.input<float>(0), c.input<bool>(1), mode.scale(), plan.count,
                         c.output<float>(0), c.pool);
  }
};

}  // namespace

extern constinit const KernelDef kDropoutF32, kDropoutGradF32;
constinit const KernelDef kDropoutF32 = make_kernel<DropoutF32>("dropout_f32");
constinit const KernelDef kDropoutGradF32 = make_kernel<DropoutGradF32>("dropout_grad_f32");

}  // namespace tern::cpu

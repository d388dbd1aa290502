// Resize in f32, one axis after the other: an output row is a weighted sum of input rows, a copy
// where it is made of one. Images in channels-last order have rows of channels.
#include <algorithm>
#include <cstring>

#include "backend/kernel.h"
#include "base/errors.h"
#include "ops/axes.h"
#include "ops/image/resampling.h"

namespace tern::cpu {
namespace {

// One axis: [outer, size, inner] becomes [outer, count, inner].
struct AxisPass {
  std::int64_t outer = 1;
  std::int64_t size = 1;
  std::int64_t count = 1;
  std::int64_t inner = 1;
  // The taps of output row i are [first[i], first[i + 1]).
  std::vector<std::int64_t> first;
  std::vector<std::int64_t> from;
  std::vector<float> weight;

  std::int64_t out_elements() const { return outer * count * inner; }
};

AxisPass pass_for(const ops::AxisTaps& axis, const Shape& shape) {
  const AxisSplit split = split_at(shape, axis.axis);
  AxisPass pass{.outer = split.outer,
                .size = split.size,
                .count = static_cast<std::int64_t>(axis.taps.size()),
                .inner = split.inner,
                .first = {0},
                .from = {},
                .weight = {}};
  for (const std::vector<ops::Tap>& taps : axis.taps) {
    for (const ops::Tap& tap : taps) {
      pass.from.push_back(tap.from);
      pass.weight.push_back(static_cast<float>(tap.weight));
    }
    pass.first.push_back(static_cast<std::int64_t>(pass.from.size()));
  }
  return pass;
}

struct ResizeF32 {
  using Operator = ops::Resize;
  struct Plan {
    std::vector<AxisPass> passes;
    std::int64_t elements = 0;  // of the result
    std::int64_t half = 0;      // floats of one of the two buffers in between
    float outside = 0.0F;
  };

  // Scales must be known to plan with; sizes are those of the output, unless the aspect decides.
  static bool matches(const KernelQuery& q) {
    const auto& op = q.attributes<ops::Resize>();
    if (q.in[0].dtype != DType::kF32) return false;
    if (op.coordinate_transformation_mode == ops::ResizeCoordinates::kTfCropAndResize) return false;
    const bool scaled = q.has(2) && !(q.is_constant(2) && q.constants[2]->elements() == 0);
    if (scaled) return q.is_constant(2);
    return op.keep_aspect_ratio_policy == ops::AspectPolicy::kStretch;
  }

  static Status plan(const PlanContext& c, Plan& plan) {
    const auto& op = c.attributes<ops::Resize>();
    const Shape& x = c.in[0].shape;
    const Shape& y = c.out[0].shape;
    ops::ResizeTargets targets;
    Tensor sizes;
    if (c.has(2) && c.in[2].shape.elements() > 0) {
      targets.scales = c.constants[2];
    } else {
      TERN_ASSIGN_OR_RETURN(sizes, sizes_of(op, y));
      targets.sizes = &sizes;
    }
    TERN_ASSIGN_OR_RETURN(const std::vector<ops::AxisTaps> axes,
                          ops::resize_taps(op, targets, x, y));
    Shape shape = x;
    for (const ops::AxisTaps& axis : axes) {
      plan.passes.push_back(pass_for(axis, shape));
      shape[axis.axis] = plan.passes.back().count;
    }
    plan.elements = y.elements();
    plan.outside = op.extrapolation_value;
    for (std::size_t i = 0; i + 1 < plan.passes.size(); ++i) {
      plan.half = std::max(plan.half, plan.passes[i].out_elements());
    }
    const std::int64_t buffers = plan.passes.size() > 2 ? 2 : 1;
    c.scratch_bytes = static_cast<std::size_t>(buffers * plan.half) * sizeof(float);
    return {};
  }

  static void run(const Plan& plan, RunContext& c) noexcept {
    const auto* from = c.input<float>(0);
    auto* const y = c.output<float>(0);
    if (plan.passes.empty()) {
      std::copy_n(from, plan.elements, y);
      return;
    }
    auto* const buffer = static_cast<float*>(c.scratch);
    for (std::size_t i = 0; i < plan.passes.size(); ++i) {
      const bool last = i + 1 == plan.passes.size();
      float* const to = last ? y : buffer + (i % 2 == 0 ? 0 : plan.half);
      resample(plan.passes[i], from, to, plan.outside, c.pool);
      from = to;
    }
  }

 private:
  static Result<Tensor> sizes_of(const ops::Resize& op, const Shape& y) {
    std::vector<std::int64_t> sizes;
    if (op.axes.empty()) {
      sizes.assign(y.dims().begin(), y.dims().end());
    } else {
      for (const std::int64_t axis : op.axes) {
        TERN_ASSIGN_OR_RETURN(const int place, normalize_axis(axis, y.rank()));
        sizes.push_back(y[place]);
      }
    }
    return Tensor::vector<std::int64_t>(sizes);
  }

  static void resample(const AxisPass& p, const float* x, float* y, float outside,
                       ThreadPool& pool) {
    constexpr std::int64_t kGrain = 16 * 1024;
    const std::int64_t grain =
        std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, p.inner));
    pool.parallel_for(p.outer * p.count, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const auto i = static_cast<std::size_t>(row % p.count);
        const float* image = x + row / p.count * p.size * p.inner;
        make_row(p, i, image, y + row * p.inner, outside);
      }
    });
  }

  static void make_row(const AxisPass& p, std::size_t i, const float* image, float* out,
                       float outside) {
    const auto first = static_cast<std::size_t>(p.first[i]);
    const auto end = static_cast<std::size_t>(p.first[i + 1]);
    if (first == end) {
      std::fill_n(out, p.inner, outside);
      return;
    }
    const float* row = image + p.from[first] * p.inner;
    const float w = p.weight[first];
    if (end - first == 1 && w == 1.0F) {
      std::copy_n(row, p.inner, out);
      return;
    }
    for (std::int64_t j = 0; j < p.inner; ++j) out[j] = w * row[j];
    for (std::size_t t = first + 1; t < end; ++t) {
      const float* next = image + p.from[t] * p.inner;
      const float weight = p.weight[t];
      for (std::int64_t j = 0; j < p.inner; ++j) out[j] += weight * next[j];
    }
  }
};

}  // namespace

extern constinit const KernelDef kResizeF32;
constinit const KernelDef kResizeF32 = make_kernel<ResizeF32>("resize_f32");

}  // namespace tern::cpu

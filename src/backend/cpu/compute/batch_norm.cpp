#include "backend/cpu/compute/batch_norm.h"

#include <algorithm>
#include <cmath>

#include "backend/cpu/compute/packing.h"
#include "tern/thread_pool.h"

namespace tern::cpu {
namespace {

constexpr std::int64_t kGrain = 16 * 1024;  // elements that are worth a thread of their own

std::int64_t align(std::int64_t floats) { return (floats + 15) / 16 * 16; }

std::int64_t row_grain(const BatchNormPlan& plan) {
  return std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, plan.channels));
}

// body(part, rows) for every part, each with two vectors of sums in scratch.
template <class Body>
void for_each_part(const BatchNormPlan& plan, ThreadPool& pool, Body body) {
  pool.parallel_for(plan.parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) {
      body(part, part_of(plan.rows, part, plan.parts));
    }
  });
}

}  // namespace

BatchNormPlan plan_batch_norm(std::int64_t rows, std::int64_t channels, int threads, Isa isa) {
  BatchNormPlan plan{.rows = rows, .channels = channels, .isa = isa};
  const std::int64_t useful = std::min(rows, rows * channels / kGrain);
  plan.parts = static_cast<int>(std::clamp<std::int64_t>(useful, 1, threads));
  // Two vectors per part, and three of coefficients for the gradient.
  plan.scratch_floats = (2 * plan.parts + 3) * align(channels);
  return plan;
}

void run_channel_moments(const BatchNormPlan& plan, const float* x, float* mean, float* variance,
                         float* scratch, ThreadPool& pool) noexcept {
  const std::int64_t vector = align(plan.channels);
  for_each_part(plan, pool, [&](std::int64_t part, Range rows) {
    float* own = scratch + 2 * part * vector;
    batch_norm_kernels(plan.isa).moments(x + rows.begin * plan.channels, rows.size(), plan.channels,
                                         own, own + vector);
  });
  for (std::int64_t c = 0; c < plan.channels; ++c) {
    double count = 0, total = 0, squares = 0;
    for (std::int64_t part = 0; part < plan.parts; ++part) {
      const auto n = static_cast<double>(part_of(plan.rows, part, plan.parts).size());
      const float* own = scratch + 2 * part * vector;
      const double delta = double{own[c]} - total;
      squares += double{own[vector + c]} + delta * delta * count * n / std::max(1.0, count + n);
      total += delta * n / std::max(1.0, count + n);
      count += n;
    }
    mean[c] = static_cast<float>(total);
    variance[c] = static_cast<float>(squares / count);
  }
}

void run_channel_affine(const BatchNormPlan& plan, ChannelAffineCall call,
                        ThreadPool& pool) noexcept {
  pool.parallel_for(plan.rows, row_grain(plan), [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * plan.channels;
    ChannelAffineCall part = call;
    part.rows = end - begin;
    part.channels = plan.channels;
    part.x += first;
    part.y += first;
    if (part.residual != nullptr) part.residual += first;
    batch_norm_kernels(plan.isa).affine(part);
  });
}

void run_batch_norm_backward(const BatchNormPlan& plan, const BatchNormBackwardCall& call,
                             float* scratch, ThreadPool& pool) noexcept {
  const std::int64_t vector = align(plan.channels);
  const BatchNormKernels& kernels = batch_norm_kernels(plan.isa);
  for_each_part(plan, pool, [&](std::int64_t part, Range rows) {
    const std::int64_t first = rows.begin * plan.channels;
    float* own = scratch + 2 * part * vector;
    kernels.sums(call.dy + first, call.x + first, rows.size(), plan.channels, call.mean, own,
                 own + vector);
  });
  float* a = scratch + 2 * plan.parts * vector;
  float* b = a + vector;
  float* shift = b + vector;
  const double share = call.batch_statistics ? 1 / static_cast<double>(plan.rows) : 0.0;
  for (std::int64_t c = 0; c < plan.channels; ++c) {
    double sum = 0, product = 0;
    for (std::int64_t part = 0; part < plan.parts; ++part) {
      sum += double{scratch[2 * part * vector + c]};
      product += double{scratch[(2 * part + 1) * vector + c]};
    }
    const double inverse = 1 / std::sqrt(double{call.variance[c]} + call.epsilon);
    const double factor = double{call.scale[c]} * inverse;
    // dx = factor * (dy - (sum + n * dscale) * share), n = (x - mean) * inverse
    a[c] = static_cast<float>(factor);
    b[c] = static_cast<float>(-factor * product * inverse * inverse * share);
    shift[c] = static_cast<float>(-factor * sum * share);
    if (call.dscale != nullptr) call.dscale[c] = static_cast<float>(product * inverse);
    if (call.dbias != nullptr) call.dbias[c] = static_cast<float>(sum);
  }
  pool.parallel_for(plan.rows, row_grain(plan), [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * plan.channels;
    kernels.combine(call.dy + first, call.x + first, end - begin, plan.channels, call.mean, a, b,
                    shift, call.dx + first);
  });
}

}  // namespace tern::cpu

// Batch normalisation of [rows, channels] in f32, channels innermost, and its gradient.
//
//   y = (x - mean) * factor + bias,   factor = scale / sqrt(variance + epsilon)
//
// Statistics are summed in blocks of rows whose results are merged (Chan, Golub and LeVeque,
// "Updating formulae and a pairwise algorithm for computing sample variances", 1979), so that one
// pass over memory is enough and nothing cancels. Each part of the rows has sums of its own, merged
// in order: the result depends on the number of parts, not on who computed them. Nothing is
// validated or allocated and no lock is taken.
#pragma once

#include <cstdint>
#include <limits>

#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

struct BatchNormPlan {
  std::int64_t rows = 0;
  std::int64_t channels = 0;
  Isa isa = Isa::kBaseline;
  int parts = 1;                    ///< in which the rows are summed
  std::int64_t scratch_floats = 0;  ///< of run_channel_moments and run_batch_norm_backward
};

BatchNormPlan plan_batch_norm(std::int64_t rows, std::int64_t channels, int threads,
                              Isa isa = active_isa());

/// Mean and variance (divided by the count) of every channel.
void run_channel_moments(const BatchNormPlan& plan, const float* x, float* mean, float* variance,
                         float* scratch, ThreadPool& pool) noexcept;

/// y = max((x - mean) * factor + bias + residual, lo), per channel. y may be x or the residual.
struct ChannelAffineCall {
  const float* x = nullptr;
  std::int64_t rows = 0;
  std::int64_t channels = 0;
  const float* mean = nullptr;
  const float* factor = nullptr;
  const float* bias = nullptr;
  const float* residual = nullptr;  ///< laid out like x, or null
  float lo = -std::numeric_limits<float>::infinity();
  float* y = nullptr;
};

/// Fills in rows and channels of the call.
void run_channel_affine(const BatchNormPlan& plan, ChannelAffineCall call,
                        ThreadPool& pool) noexcept;

struct BatchNormBackwardCall {
  const float* dy = nullptr;
  const float* x = nullptr;
  const float* scale = nullptr;
  const float* mean = nullptr;
  const float* variance = nullptr;
  float epsilon = 1e-5F;
  bool batch_statistics = true;  ///< mean and variance are x's own, so dx flows through them too
  float* dx = nullptr;           ///< may be dy
  float* dscale = nullptr;       ///< or null
  float* dbias = nullptr;        ///< or null
};

void run_batch_norm_backward(const BatchNormPlan& plan, const BatchNormBackwardCall& call,
                             float* scratch, ThreadPool& pool) noexcept;

struct BatchNormKernels {
  /// Mean and sum of squared deviations of every channel.
  void (*moments)(const float* x, std::int64_t rows, std::int64_t channels, float* mean,
                  float* squares) noexcept;
  void (*affine)(const ChannelAffineCall& call) noexcept;
  /// Sums of dy and of dy * (x - mean).
  void (*sums)(const float* dy, const float* x, std::int64_t rows, std::int64_t channels,
               const float* mean, float* sum, float* product) noexcept;
  /// dx = a * dy + b * (x - mean) + c, per channel.
  void (*combine)(const float* dy, const float* x, std::int64_t rows, std::int64_t channels,
                  const float* mean, const float* a, const float* b, const float* c,
                  float* dx) noexcept;
};

const BatchNormKernels& batch_norm_kernels(Isa isa);

}  // namespace tern::cpu

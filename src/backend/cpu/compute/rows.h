// Functions of whole rows in f32: softmax and normalisation over the last axis.
//
// x and y are dense [rows, columns] and may be the same. Nothing is validated or allocated and no
// lock is taken; rows are shared among the pool's threads.
#pragma once

#include <cstdint>

#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

/// y = exp(x - max) / sum(exp(x - max)). A row of -inf only gives NaN, as the formula does.
void run_softmax(const float* x, float* y, std::int64_t rows, std::int64_t columns,
                 ThreadPool& pool, Isa isa = active_isa()) noexcept;

/// y = x - max - log(sum(exp(x - max))).
void run_log_softmax(const float* x, float* y, std::int64_t rows, std::int64_t columns,
                     ThreadPool& pool, Isa isa = active_isa()) noexcept;

/// dx = y * (dy - sum(y * dy)), the gradient of softmax from its result y. dx may be dy or y.
void run_softmax_grad(const float* dy, const float* y, float* dx, std::int64_t rows,
                      std::int64_t columns, ThreadPool& pool, Isa isa = active_isa()) noexcept;

struct NormCall {
  const float* x = nullptr;
  float* y = nullptr;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  const float* scale = nullptr;  ///< `columns` values, or null for 1
  const float* bias = nullptr;   ///< `columns` values, or null for 0
  float epsilon = 1e-5F;
  float* mean = nullptr;         ///< out, per row, or null (layer norm only)
  float* inverse_std = nullptr;  ///< out, per row: 1 / sqrt(variance + epsilon), or null
};

/// y = (x - mean) / sqrt(variance + epsilon) * scale + bias, the variance without Bessel's
/// correction.
void run_layer_norm(const NormCall& call, ThreadPool& pool, Isa isa = active_isa()) noexcept;

/// y = x / sqrt(mean of squares + epsilon) * scale + bias.
void run_rms_norm(const NormCall& call, ThreadPool& pool, Isa isa = active_isa()) noexcept;

/// Groups of neighbouring channels, [groups, channels, positions], each normalised by its own mean
/// and variance; then scale and bias per channel of an image of `groups_per_image` groups.
struct GroupNormCall {
  const float* x = nullptr;
  float* y = nullptr;
  std::int64_t groups = 0;
  std::int64_t groups_per_image = 1;
  std::int64_t channels = 1;  ///< of a group
  std::int64_t positions = 1;
  const float* scale = nullptr;  ///< channels * groups_per_image values
  const float* bias = nullptr;
  float epsilon = 0.0F;
};

void run_group_norm(const GroupNormCall& call, ThreadPool& pool, Isa isa = active_isa()) noexcept;

struct RowKernels {
  void (*softmax)(const float* x, float* y, std::int64_t rows, std::int64_t columns) noexcept;
  void (*log_softmax)(const float* x, float* y, std::int64_t rows, std::int64_t columns) noexcept;
  void (*softmax_grad)(const float* dy, const float* y, float* dx, std::int64_t rows,
                       std::int64_t columns) noexcept;
  void (*layer_norm)(const NormCall& call) noexcept;
  void (*rms_norm)(const NormCall& call) noexcept;
  /// One group whose first channel has scale[0] and bias[0].
  void (*group_norm)(const GroupNormCall& call, const float* x, float* y, const float* scale,
                     const float* bias) noexcept;
};

const RowKernels& row_kernels(Isa isa);

}  // namespace tern::cpu

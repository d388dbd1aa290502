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

struct RowKernels {
  void (*softmax)(const float* x, float* y, std::int64_t rows, std::int64_t columns) noexcept;
  void (*log_softmax)(const float* x, float* y, std::int64_t rows, std::int64_t columns) noexcept;
  void (*layer_norm)(const NormCall& call) noexcept;
  void (*rms_norm)(const NormCall& call) noexcept;
};

const RowKernels& row_kernels(Isa isa);

}  // namespace tern::cpu

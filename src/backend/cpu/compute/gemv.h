// Vector times matrix, for products with too few rows to pay for packing B. Bound by memory: B is
// read once, in order.
#pragma once

#include <cstdint>

#include "backend/cpu/isa.h"

namespace tern::cpu {

struct VectorMatrix {
  const float* x = nullptr;
  std::int64_t x_step = 1;
  std::int64_t k = 0;
  const float* b = nullptr;
  std::int64_t b_stride =
      0;  ///< from a row of B to the next (rows) or a column to the next (columns)
  std::int64_t n = 0;
  float alpha = 1.0F;
  float* y = nullptr;
  bool accumulate = false;
};

struct GemvKernels {
  /// y[j] (+)= alpha * sum of x[i] * B[i][j], the rows of B contiguous.
  void (*rows)(const VectorMatrix& v) noexcept;
  /// The same with the columns of B contiguous; x_step must be 1.
  void (*columns)(const VectorMatrix& v) noexcept;
};

const GemvKernels& gemv_kernels(Isa isa);

}  // namespace tern::cpu

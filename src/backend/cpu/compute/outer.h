// Sums of outer products and of element-wise products: the kernels under weight gradients.
//
//   C[rows, columns] (+)= sum over segments s and steps t of  A(s, t)[rows]^T * B(s, t)[columns]
//
// where the vectors A(s, t) and B(s, t) are read in place at a + s * a_segment + t * a_step and the
// like. For a convolution a segment is a row of the image and a step is a pixel, so the gradient of
// the weights needs neither a transpose nor a copy of windows.
#pragma once

#include <cstdint>

#include "backend/cpu/isa.h"

namespace tern::cpu {

struct OuterProduct {
  const float* a = nullptr;
  std::int64_t a_step = 0, a_segment = 0;
  const float* b = nullptr;
  std::int64_t b_step = 0, b_segment = 0;
  std::int64_t steps = 0;  ///< per segment
  std::int64_t segments = 1;
  std::int64_t columns = 0;  ///< 1 to OuterKernels::max_columns
  float* c = nullptr;
  std::int64_t c_row = 0;
  bool accumulate = false;
};

struct OuterKernels {
  int max_rows;
  int max_columns;
  /// `rows` from 1 to max_rows.
  void (*tile)(const OuterProduct& product, int rows) noexcept;
  /// c[j] (+)= the sum of A(s, t)[j] * B(s, t)[j] for any number of columns; c_row is not looked
  /// at.
  void (*diagonal)(const OuterProduct& product) noexcept;
};

const OuterKernels& outer_kernels(Isa isa);

}  // namespace tern::cpu

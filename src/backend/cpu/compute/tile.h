// The register tile under matmul and convolution: a strip of rows of A times packed panels of B.
//
// B is packed in panels of `panel` columns, K rows each, so that a tile reads it front to back. The
// last panel is as narrow as whole vectors allow and padded with zero columns. A is read where it
// lies: row r of the strip is the concatenation of the runs [a + r * a_row + taps[t], + depth),
// which is a plain row for one tap and an input window for a convolution.
#pragma once

#include <cstdint>

#include "backend/cpu/compute/epilogue.h"
#include "backend/cpu/isa.h"

namespace tern::cpu {

struct Strip {
  const float* a = nullptr;
  std::int64_t a_row = 0;              ///< floats from a row to the next
  const std::int64_t* taps = nullptr;  ///< tap_count offsets in floats
  std::int64_t tap_count = 1;
  std::int64_t depth = 0;  ///< floats per tap; this call sums over tap_count * depth products

  const float* b = nullptr;      ///< the first panel
  std::int64_t b_rows = 0;       ///< rows of a whole panel (K), to step from a panel to the next
  std::int64_t b_first_row = 0;  ///< the row of every panel that meets taps[0]
  std::int64_t columns = 0;      ///< of C, counted from the first panel; any number
  const float* bias = nullptr;   ///< `columns` values, or null
  const float* residual = nullptr;
  std::int64_t residual_row = 0;
  float* c = nullptr;
  std::int64_t c_row = 0;
  bool accumulate = false;  ///< add to what C holds instead of starting from the bias
  bool finish = true;       ///< this call completes the sums: residual and activation follow

  /// What the next calls read of B, to be fetched into the L2 cache meanwhile: next_floats floats
  /// from here and from the same place of as many further panels as this call has. Or null.
  const float* next = nullptr;
  std::int64_t next_floats = 0;
};

struct TileKernels {
  Isa isa;
  int lanes;     ///< floats of a vector; a last panel is a multiple of it wide
  int panel;     ///< columns of a panel
  int max_rows;  ///< rows of the largest strip
  /// Computes `rows` (1 to max_rows) rows times s.columns columns.
  void (*strip)(const Strip& s, int rows, const Epilogue& epilogue) noexcept;
  /// y[r][j] = act(y[r][j] + bias[j] + residual[r][j]): the epilogue alone, in place.
  void (*finish)(float* y, std::int64_t y_row, const float* bias, const float* residual,
                 std::int64_t residual_row, std::int64_t rows, std::int64_t columns,
                 const Epilogue& epilogue) noexcept;
};

const TileKernels& tile_kernels(Isa isa);

}  // namespace tern::cpu

// Changing the order of a tensor's axes, 32-bit elements.
//
// A transpose copies bits, so it serves every 32-bit type. run_* validate nothing, allocate nothing
// and take no lock. y must not overlap x.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "backend/cpu/isa.h"

namespace tern {
class ThreadPool;
}

namespace tern::cpu {

inline constexpr int kMaxTransposeRank = 8;

/// A loop nest with as few dimensions as the permutation allows. The last two dimensions are one
/// matrix: either both sides are contiguous along the last (rows are copied), or x is contiguous
/// along the row dimension (blocks are transposed).
struct TransposePlan {
  Isa isa = Isa::kBaseline;
  int rank = 0;  ///< at least 2
  std::array<std::int64_t, kMaxTransposeRank> dims{};
  std::array<std::int64_t, kMaxTransposeRank> x_strides{};
  std::array<std::int64_t, kMaxTransposeRank> y_strides{};
};

/// y's axis i is x's axis permutation[i]; both dense row-major, rank at most kMaxTransposeRank.
TransposePlan plan_transpose(std::span<const std::int64_t> x_dims,
                             std::span<const std::int64_t> permutation, Isa isa = active_isa());

/// [batch, channels, pixels] to [batch, pixels, channels]; call it with the sizes exchanged for the
/// way back.
TransposePlan plan_to_channels_last(std::int64_t batch, std::int64_t channels, std::int64_t pixels,
                                    Isa isa = active_isa());

void run_transpose(const TransposePlan& plan, const float* x, float* y, ThreadPool& pool) noexcept;

struct TransposeKernels {
  /// y[c * y_row + r] = x[r * x_row + c].
  void (*matrix)(const float* x, std::int64_t x_row, float* y, std::int64_t y_row,
                 std::int64_t rows, std::int64_t columns) noexcept;
};

const TransposeKernels& transpose_kernels(Isa isa);

}  // namespace tern::cpu

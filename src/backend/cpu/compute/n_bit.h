// Products with weights of 2, 4 or 8 bits that are scaled block by block along k:
//   C[m, n] = A[m, k] W[k, n] + bias,   W[k, n] = scales[n, b] * q[n, k] - offsets[n, b]
//
// Few rows read the packed numbers once and are bound by memory; many rows multiply with columns
// that are unpacked piece by piece. Nothing is validated or allocated and no lock is taken.
#pragma once

#include <cstdint>

#include "backend/cpu/compute/gemm.h"

namespace tern::cpu {

struct NBitWeights {
  std::int64_t k = 0;
  std::int64_t n = 0;
  int bits = 4;
  std::int64_t block_size = 32;  ///< a multiple of 16
  std::int64_t blocks = 0;       ///< of a column, the last one filled up
  /// n columns of blocks * block_size numbers, lowest bits first.
  const std::uint8_t* numbers = nullptr;
  const float* scales = nullptr;   ///< [n, blocks]
  const float* offsets = nullptr;  ///< [n, blocks]; null: zero * scales
  float zero = 0.0F;

  std::int64_t block_bytes() const { return block_size * bits / 8; }
  std::int64_t filled_k() const { return blocks * block_size; }
};

struct NBitPlan {
  std::int64_t m = 0;
  bool unpacks = false;  ///< columns become floats first, `chunk` at a time
  std::int64_t chunk = 0;
  BatchGemmPlan whole, last;  ///< products of a chunk, and of the columns that are left
  std::int64_t scratch_floats = 0;
  Isa isa = Isa::kBaseline;
};

/// For m rows on a pool of `threads`; reads the sizes of `weights` only.
NBitPlan plan_n_bit(const NBitWeights& weights, std::int64_t m, int threads,
                    Isa isa = active_isa());

struct NBitCall {
  const float* a = nullptr;     ///< [m, k]
  const float* bias = nullptr;  ///< n values, or null
  float* c = nullptr;           ///< [m, n]
};

void run_n_bit(const NBitPlan& plan, const NBitWeights& weights, const NBitCall& call,
               float* scratch, ThreadPool& pool) noexcept;

// ------------------------------------------------------------------- what exists once per Isa

/// A row of A is arranged so that it meets the bytes in their order: of every block first the
/// entries for the lowest bits of its bytes, then those for the next higher ones, and so on.
struct NBitDot {
  const NBitWeights* weights = nullptr;
  const float* a = nullptr;     ///< rows of filled_k() floats, arranged
  const float* sums = nullptr;  ///< rows of `blocks` floats: the sum of each block of A
  int rows = 1;                 ///< 1 to kMostRows
  const float* bias = nullptr;
  float* c = nullptr;  ///< rows of weights->n floats
  static constexpr int kMostRows = 4;
};

struct NBitKernels {
  /// Columns [begin, end) of C.
  void (*dot)(const NBitDot& d, std::int64_t begin, std::int64_t end) noexcept;
  /// Columns [begin, end) of W as rows of filled_k() floats, arranged like A.
  void (*unpack)(const NBitWeights& w, std::int64_t begin, std::int64_t end, float* out) noexcept;
};

const NBitKernels& n_bit_kernels(Isa isa);

}  // namespace tern::cpu

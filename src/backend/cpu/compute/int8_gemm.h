// Matrix products of bytes, exact: C[m, n] = finish(sum over k of (A - a_zero) * (B - b_zero)).
//
//   const Int8Weights w = plan_int8_weights(k, n, int8_layers(source, k, n, isa), isa);
//   pack_int8(w, source, packed, column_sums, pool);       // packed: w.packed_bytes, sums:
//   w.columns start_sums(w, column_sums, a_zero, a_signed, bias, start);      // start: w.columns
//   run_int8(w, {.m = rows, .a = x, .a_row = k, ..., .finish = {.start = start}}, scratch, pool);
//
// Sums are exact as long as they fit 32 bits, which they do for k up to kMaxInt8Depth; beyond they
// wrap around. The zero point of A is taken out of the sums by what they start with; that of B is
// taken out of B before it is packed. run_* validate nothing, allocate nothing, take no lock, and
// may be called from several threads at once with different scratch and outputs.
#pragma once

#include "backend/cpu/compute/int8_tile.h"
#include "backend/cpu/isa.h"
#include "tern/thread_pool.h"

namespace tern::cpu {

/// Products of bytes relative to their zero points are at most 255 * 255.
inline constexpr std::int64_t kMaxInt8Depth = 0x7fffffff / (255 * 255);

/// How a matrix B [k, n] is packed.
struct Int8Weights {
  Isa isa = Isa::kBaseline;
  std::int64_t k = 0;
  std::int64_t n = 0;
  /// More than 1 where bytes less their zero point need 9 bits and words have bytes: B is then the
  /// sum of matrices of bytes, one under the other, and rows of A are read as often.
  int layers = 1;
  std::int64_t columns = 0;  ///< n rounded up to whole vectors
  std::int64_t layer_words = 0;
  std::int64_t packed_bytes = 0;

  std::int64_t words() const { return layer_words * layers; }
};

/// B as it lies: element (r, c) is the byte at w[(rows ? rows[r] : r * row) + c * column].
struct Int8Source {
  const std::uint8_t* w = nullptr;
  bool is_signed = true;
  const std::int64_t* rows = nullptr;
  std::int64_t row = 0;
  std::int64_t column = 1;
  const std::int32_t* zeros = nullptr;  ///< one per column, or null
};

/// The layers that B's values ask for.
int int8_layers(const Int8Source& source, std::int64_t k, std::int64_t n, Isa isa = active_isa());
/// The layers that are enough for any B of this type.
int most_int8_layers(bool is_signed, bool has_zeros, Isa isa = active_isa());

Int8Weights plan_int8_weights(std::int64_t k, std::int64_t n, int layers, Isa isa = active_isa());

/// `column_sums` gets the sums of B - b_zero down each column; both outputs are padded with zero.
void pack_int8(const Int8Weights& weights, const Int8Source& source, std::byte* packed,
               std::int32_t* column_sums, ThreadPool& pool) noexcept;

/// What the sums start with: bias (n values, or null) less the zero point's share.
void start_sums(const Int8Weights& weights, const std::int32_t* column_sums, std::int32_t a_zero,
                bool a_signed, const std::int32_t* bias, std::int32_t* start) noexcept;

/// A factor as SumFinish takes it: finite, and 0 where it is not a number, so that every sum gives
/// what the quotient would.
float finite_factor(float factor);

struct Int8Call {
  std::int64_t m = 0;
  const std::uint8_t* a = nullptr;
  std::int64_t a_row = 0;
  bool a_signed = false;
  const std::byte* packed = nullptr;
  SumFinish finish{};
  const float* residual = nullptr;  ///< of SumOutput::kF32
  std::int64_t residual_row = 0;
  void* c = nullptr;
  std::int64_t c_row = 0;
};

/// For any m up to `m` on a pool of `threads`.
std::int64_t int8_scratch_bytes(const Int8Weights& weights, std::int64_t m, int threads);

void run_int8(const Int8Weights& weights, const Int8Call& call, std::byte* scratch,
              ThreadPool& pool) noexcept;

/// Writes `count` rows of A from row `first` on, each k elements as Int8TileKernels::copy makes
/// them, `row_bytes` apart.
using Int8Gather = FunctionRef<void(std::int64_t first, std::int64_t count, std::byte* to,
                                    std::int64_t row_bytes)>;
/// The same for an A whose rows are gathered; call.a is not looked at.
void run_int8_gathered(const Int8Weights& weights, const Int8Call& call, Int8Gather gather,
                       std::byte* scratch, ThreadPool& pool) noexcept;

}  // namespace tern::cpu

// Convolution of NHWC images of bytes, exact: y = finish(sum of (x - x_zero) * (w - w_zero)).
//
//   const Int8ConvWeights w = plan_int8_filter(shape, filter);      // looks at the numbers
//   pack_int8_filter(w, filter, packed, column_sums, pool);
//   start_int8_conv(w, column_sums, x_zero, x_signed, bias, start);
//   run_int8_conv(w, shape, {.x = x, .packed = packed, .finish = {.start = start}, ...}, scratch,
//                 pool);
//
// Padding counts as x_zero. Packed weights depend on the filter and the Isa only. run_* validate
// nothing, allocate nothing, take no lock.
#pragma once

#include "backend/cpu/compute/conv.h"
#include "backend/cpu/compute/int8_gemm.h"

namespace tern::cpu {

/// Weights as ONNX has them, [out_c, in_c / groups, kernel_h, kernel_w].
struct Int8Filter {
  const std::uint8_t* w = nullptr;
  bool is_signed = true;
  const std::int32_t* zeros = nullptr;  ///< one per output channel, or null
};

struct Int8ConvWeights {
  Isa isa = Isa::kBaseline;
  bool depthwise = false;
  std::int64_t groups = 1;
  std::int64_t group_in = 0, group_out = 0;
  std::int64_t kernel_h = 1, kernel_w = 1;
  Int8Weights gemm{};  ///< of a group
  /// Entries of column sums, starts and factors per group, of all groups for depthwise.
  std::int64_t columns = 0;
  std::int64_t packed_bytes = 0;  ///< of all groups

  std::int64_t all_columns() const { return depthwise ? columns : groups * columns; }
};

/// Only the sizes of the filter in `shape` matter.
Int8ConvWeights plan_int8_filter(const ConvShape& shape, const Int8Filter& filter,
                                 Isa isa = active_isa());
void pack_int8_filter(const Int8ConvWeights& weights, const Int8Filter& filter, std::byte* packed,
                      std::int32_t* column_sums, ThreadPool& pool);

/// What the sums start with, all_columns() of them: bias (one per output channel, or null) less the
/// share of x's zero point.
void start_int8_conv(const Int8ConvWeights& weights, const std::int32_t* column_sums,
                     std::int32_t x_zero, bool x_signed, const std::int32_t* bias,
                     std::int32_t* start) noexcept;
/// Where the entry of output channel `channel` stands among all_columns().
std::int64_t column_of(const Int8ConvWeights& weights, std::int64_t channel);

struct Int8ConvCall {
  const std::uint8_t* x = nullptr;
  bool x_signed = false;
  std::int32_t x_zero = 0;
  const std::byte* packed = nullptr;
  SumFinish finish{};  ///< kI32 or kByte
  void* y = nullptr;
};

std::int64_t int8_conv_scratch_bytes(const Int8ConvWeights& weights, const ConvShape& shape,
                                     int threads);
/// `shape` has pixel strides filled in (in_pixel, out_pixel); rows and images are dense.
void run_int8_conv(const Int8ConvWeights& weights, const ConvShape& shape, const Int8ConvCall& call,
                   std::byte* scratch, ThreadPool& pool) noexcept;

}  // namespace tern::cpu

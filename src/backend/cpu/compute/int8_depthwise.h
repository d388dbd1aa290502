// Neighbouring output pixels of a depthwise convolution of bytes, the kernel under int8_conv.cpp.
#pragma once

#include "backend/cpu/compute/int8_tile.h"

namespace tern::cpu {

struct Int8DepthwisePixels {
  /// Where the channels under each tap of the first output begin: `words` * products of a word.
  const std::uint8_t* const* taps = nullptr;
  std::int64_t step = 0;       ///< bytes from there to those under the next output
  std::int64_t used_taps = 0;  ///< those of a layer that have weights
  std::int64_t words = 0;
  bool is_signed = false;
  const std::byte* packed = nullptr;  ///< a matrix [taps, channels] as int8_gemm.h packs it
  std::int64_t channels = 0;
  SumFinish finish{};  ///< kI32 or kByte
  void* y = nullptr;
  std::int64_t y_pixel = 0;  ///< elements from an output to the next
  std::int64_t count = 0;
};

struct Int8DepthwiseKernels {
  void (*pixels)(const Int8DepthwisePixels& pixels) noexcept;
};

const Int8DepthwiseKernels& int8_depthwise_kernels(Isa isa);

}  // namespace tern::cpu

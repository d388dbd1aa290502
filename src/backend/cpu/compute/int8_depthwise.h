// Neighbouring output pixels of a depthwise convolution of bytes, the kernel under int8_conv.cpp.
#pragma once

#include "backend/cpu/compute/int8_tile.h"

namespace tern::cpu {

/// Where a tap meets the image: the channels of the pixel under the first output, and the bytes to
/// the one under the next output (0 where all of them are padding).
struct Int8Tap {
  const std::uint8_t* x = nullptr;
  std::int64_t step = 0;
};

struct Int8DepthwisePixels {
  const Int8Tap* taps = nullptr;  ///< `words` * products of a word
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
